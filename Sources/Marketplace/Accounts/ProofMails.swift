// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// Mails whose secret proves that somebody reads an address.
struct ProofMails: Sendable {
    let tokens: MailTokens

    /// Owes a mail with a proof that works once, for a day, and proves the address that it is sent to.
    func send(
        _ purpose: MailPurpose, _ template: MailTemplate, to user: UserID, name: String, email: String, locale: String,
        data: [String: String] = [:], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        let token = tokens.make(for: purpose.rawValue)
        try await AccountsStore.keep(token, for: purpose, of: user, email: email, in: transaction)
        try await MailQueue.enqueue(
            Mail(template, to: .address(email, name: name), locale: locale, data: data, token: token), in: transaction)
    }
}
