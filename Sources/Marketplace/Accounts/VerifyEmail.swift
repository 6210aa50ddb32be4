// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/verify-email/`: proves an address with what was sent to it: that of a new account, or a side of a change.
///
/// Whoever has the mail may be logged in somewhere else, so no login is asked for.
struct VerifyEmail: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let principal = dependencies.principals.principal(of: request, caller: nil, acceptsClientToken: false)
        return try await dependencies.transactions.run(request, as: principal) {
            try request.json { $0.string("token", length: 1...128) }
        } _: { transaction, token in
            let purposes: [MailPurpose] = [.verifyEmail, .confirmOldEmail, .confirmNewEmail]
            guard let proof = try await AccountsStore.take(token, for: purposes, in: transaction) else {
                throw AccountsDependencies.proofRefused
            }
            if proof.purpose == .verifyEmail {
                try await AccountsStore.markVerified(proof.user, email: proof.email, in: transaction)
            } else {
                try await confirm(proof, transaction)
            }
            return .noContent
        }
    }

    private func confirm(_ proof: AccountsStore.Proof, _ transaction: PostgresTransaction) async throws {
        guard let new = try await AccountsStore.confirm(proof, in: transaction) else { return }
        guard let user = try await AccountsStore.user(proof.user, in: transaction) else {
            throw AccountsDependencies.proofRefused
        }
        guard try await AccountsStore.moveEmail(of: proof.user, in: transaction) else {
            throw Problem(.emailTaken, detail: "Another account has this mail address by now.")
        }
        // They were sent to the address of before, which may be somebody else's, or be the reason for the change.
        try await AccountsStore.voidProofs(MailPurpose.allCases, of: proof.user, in: transaction)
        try await AuditLog.append(
            AuditRecord(
                action: "user.email_changed", actor: .system, entityType: "user", entityID: proof.user.rawValue),
            in: transaction)
        // To the address of before: whoever lost an account learns of it there.
        try await MailQueue.enqueue(
            Mail(
                .emailChanged, to: .address(user.email, name: user.fullName), locale: user.locale,
                data: ["new_email": new]), in: transaction)
    }
}
