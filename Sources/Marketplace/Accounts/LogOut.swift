// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/logout/`: closes the login, the login of a given refresh token, or all of them.
///
/// The access token is checked by its signature alone, not by the session's state: logging out twice is no error.
struct LogOut: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let refresh: RefreshToken?
        let all: Bool
    }

    @Sendable func answer(_ request: RequestContext, _ claims: AccessClaims) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: .user(claims.user)) {
            try Self.read(request)
        } _: { transaction, input in
            if input.all {
                try await AccountsStore.closeAll(of: claims.user, reason: "logout", in: transaction)
            } else {
                try await AccountsStore.close(claims.session, of: claims.user, reason: "logout", in: transaction)
                // Another family of this user's may be named; one of somebody else's is not touched.
                if let refresh = input.refresh,
                    let family = try await AccountsStore.family(of: refresh, in: transaction)
                {
                    try await AccountsStore.close(family.session, of: claims.user, reason: "logout", in: transaction)
                }
            }
            return .noContent
        } afterCommit: { _ in
            await dependencies.forget(claims.user)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        guard !request.body.isEmpty else { return Input(refresh: nil, all: false) }
        return try request.json { body in
            Input(
                refresh: body.optionalString("refresh", length: 1...512).flatMap { RefreshToken($0) },
                all: body.optionalBool("all_sessions") ?? false)
        }
    }
}
