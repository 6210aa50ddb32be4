// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/auth/email/change/`: another mail address, once both the old and the new one have been confirmed by mail.
struct ChangeEmail: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (current, email) = try request.json { body in
                (
                    body.string("current_password", length: 1...1024),
                    body.parsed("email", length: 1...254, placeholder: EmailAddress?.none) { EmailAddress($0) }
                )
            }
            // Nil means that the address was wrong, and that has thrown already.
            guard let email else { throw Problem(.validationFailed) }
            return (try await dependencies.checkPassword(current, of: caller), email)
        } _: { transaction, prepared in
            try await commit(prepared.0, prepared.1, transaction)
            return HTTPResponse(.accepted)
        }
    }

    private func commit(_ proven: ProvenUser, _ email: EmailAddress, _ transaction: PostgresTransaction) async throws {
        try await dependencies.lock(proven, in: transaction)
        let user = proven.user
        guard try await !AccountsStore.isTaken(email, in: transaction) else {
            throw Problem(
                .emailTaken, detail: "An account with this mail address exists.",
                errors: [.init(pointer: "/email", code: "email-taken", message: "is taken")])
        }
        let purposes: [MailPurpose] = [.confirmOldEmail, .confirmNewEmail]
        guard try await AccountsStore.maySendProof(.confirmNewEmail, to: user.id, in: transaction) else {
            throw Problem(.rateLimited, detail: "Enough for a day.", headers: [.retryAfter(seconds: 86_400)])
        }
        // Proofs of an earlier wish would confirm this one.
        try await AccountsStore.voidProofs(purposes, of: user.id, in: transaction)
        try await AccountsStore.wish(email, for: user.id, in: transaction)
        for (purpose, template, address) in [
            (MailPurpose.confirmOldEmail, MailTemplate.confirmOldEmail, user.email),
            (.confirmNewEmail, .confirmNewEmail, email.text),
        ] {
            try await dependencies.proofs.send(
                purpose, template, to: user.id, name: user.fullName, email: address, locale: user.locale,
                data: ["new_email": email.text], in: transaction)
        }
    }
}
