// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/resend-verification/`: another mail with which the caller's address is confirmed.
struct ResendVerification: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
        } _: { transaction, _ in
            guard let user = try await AccountsStore.user(caller.user, in: transaction) else {
                throw Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\"")])
            }
            // Nothing to confirm, or enough mails for a day: no error, and no mail.
            if !user.isEmailVerified,
                try await AccountsStore.maySendProof(.verifyEmail, to: user.id, in: transaction)
            {
                try await dependencies.proofs.send(
                    .verifyEmail, .verifyEmail, to: user.id, name: user.fullName, email: user.email,
                    locale: user.locale, in: transaction)
            }
            return HTTPResponse(.accepted)
        }
    }
}
