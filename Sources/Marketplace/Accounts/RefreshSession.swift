// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/refresh/`: a new pair of tokens for a refresh token.
///
/// A token stays valid, and gives a further successor, until some successor is first used: answers get lost. From then on
/// presenting it again means that two parties hold the family's tokens: the family is revoked.
struct RefreshSession: Sendable {
    let dependencies: AccountsDependencies

    private struct Prepared: Sendable {
        let token: RefreshToken
        let successor: SessionTokens
    }

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        // The family is the owner of the key, so it is looked up before anything else; nothing is changed yet. Who is blocked, or was
        // logged out, is told so before a stored answer is looked for (contract C8).
        let (token, family) = try await find(request)
        guard family.status != .blocked else { throw Problem(.accountBlocked) }
        // A superseded token of a live family may be one whose answer was lost: its key is looked for first.
        if family.isRevoked { throw family.isSuperseded ? Self.reused : Self.invalid }
        let response = try await dependencies.transactions.run(
            request, as: .session(family.session), isSecret: true
        ) {
            let access = try await dependencies.tokens.issue(
                user: family.user, session: family.session, audience: family.audience)
            return Prepared(
                token: token,
                successor: SessionTokens(access: access, refresh: RefreshToken(random: dependencies.random)))
        } _: { transaction, prepared in
            try await commit(prepared, request, transaction)
        }
        // An answered 401 is a reuse whose revocation has been committed: the family's access tokens end with it, everywhere.
        if response.status == .unauthorized { await dependencies.forget(family.user) }
        return response
    }

    private func find(_ request: RequestContext) async throws -> (RefreshToken, AccountsStore.Family) {
        let text = try request.json { $0.string("refresh", length: 1...512) }
        guard let token = RefreshToken(text),
            let family = try await AccountsStore.family(of: token, in: dependencies.pool.reads)
        else { throw Self.invalid }
        return (token, family)
    }

    private func commit(
        _ prepared: Prepared, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        guard let family = try await AccountsStore.lock(prepared.token, in: transaction) else { throw Self.invalid }
        if family.isSuperseded {
            // Returned, not thrown: the revocation must be committed.
            try await AccountsStore.close(
                family.session, of: family.user, reason: "refresh-reused", in: transaction)
            return Self.reused.response(to: request)
        }
        guard family.status != .blocked else { throw Problem(.accountBlocked) }
        guard !family.isRevoked, !family.isExpired else { throw Self.invalid }
        try await AccountsStore.rotate(
            prepared.token, of: family, to: prepared.successor.refresh, in: transaction)
        return .json(prepared.successor)
    }

    private static var invalid: Problem {
        Problem(.refreshInvalid, detail: "Log in again.", headers: [.authenticate("Bearer realm=\"mve\"")])
    }

    private static var reused: Problem {
        Problem(
            .refreshReused, detail: "The token was replaced and used again: all tokens of this login are revoked.",
            headers: [.authenticate("Bearer realm=\"mve\"")])
    }
}
