// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Looks whether those who forgot their password have an account, and owes them a mail: away from the request, whose time
/// would tell.
struct ForgottenPasswords: Sendable {
    let pool: PostgresPool
    let proofs: ProofMails

    /// The kind of its jobs.
    static let kind = "account.forgot-password"

    /// Does what the request owes. Doing it twice sends two mails, whose proofs each work.
    func send(_ job: Job) async throws {
        guard let email = try? JSONDocument(parsing: job.payload).root["email"]?.string else {
            throw JobGivenUp("the job cannot be read")
        }
        try await pool.withTransaction { transaction in
            guard let user = try await AccountsStore.user(withEmail: email, in: transaction), user.status != .blocked,
                try await AccountsStore.maySendProof(.resetPassword, to: user.id, in: transaction)
            else { return }
            try await proofs.send(
                .resetPassword, .resetPassword, to: user.id, name: user.fullName, email: user.email,
                locale: user.locale, in: transaction)
        }
    }
}
