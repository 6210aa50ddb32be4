// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// Finds people for contexts that connect them, by their ids.
public struct AccountsDirectory: Sendable {
    private let pool: PostgresPool

    /// Looks into the accounts of a database.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Names and mail addresses of users; who does not exist is left out.
    public func people(_ users: [UserID]) async throws -> [UserID: (name: String, email: String)] {
        try await AccountsStore.people(users, in: pool.reads)
    }
}
