// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/sessions/revoke/`: ends one of the caller's sessions. Ending it again is no error.
struct RevokeSession: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let text = try request.json { $0.string("id", length: 1...64) }
            guard let id = SessionID(text) else { throw Problem(.notFound) }
            return id
        } _: { transaction, session in
            guard try await AccountsStore.owns(session, caller.user, in: transaction) else { throw Problem(.notFound) }
            try await AccountsStore.close(session, of: caller.user, reason: "revoked", in: transaction)
            return .noContent
        } afterCommit: { _ in
            await dependencies.forget(caller.user)
        }
    }
}
