// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// Removes what of accounts counts for nothing any more, at most so many rows of each kind: refresh tokens and proofs that have
/// expired, sessions that have ended with their last token, failed log-ins of past windows.
///
/// - Returns: how many tokens, proofs and counts are gone; fewer than `limit` when there is nothing more.
public func accountsReap(limit: Int, pool: PostgresPool) async throws -> Int {
    let tokens = try await AccountsStore.reapSessions(limit: limit, in: pool)
    let proofs = try await AccountsStore.reapProofs(limit: limit, in: pool)
    return try await tokens + proofs + AccountsStore.reapFailures(limit: limit, in: pool)
}
