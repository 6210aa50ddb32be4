// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// Owes people mails: a job of kind `mail.send` in the transaction of what the mail tells, sent after its commit by whichever
/// process claims it (`Notifications/SendMail`).
public enum MailQueue {
    /// The kind of the jobs.
    public static let kind = "mail.send"

    /// Owes a mail.
    ///
    /// - Cost: one statement.
    public static func enqueue(
        _ mail: Mail, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        try await JobStore.owe(kind, key: mail.key, payload: mail.payload, in: transaction)
    }

    /// Forgets what mails to somebody say that were given up, with the account that is removed by the transaction. A mail that is still
    /// tried goes out first.
    public static func forget(
        _ user: UserID, email: String, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        try await JobStore.forgetMails(to: user, email, kind: kind, in: transaction)
    }

    /// Owes several mails, those that have a key each once.
    ///
    /// - Cost: one statement for those with a key, one for each of the others.
    public static func enqueue(
        _ mails: [Mail], in transaction: some PostgresClient
    ) async throws(PostgresError) {
        var named: [(key: String, payload: [UInt8])] = []
        for mail in mails {
            if let key = mail.key {
                named.append((key, mail.payload))
            } else {
                try await enqueue(mail, in: transaction)
            }
        }
        try await JobStore.owe(kind, named, in: transaction)
    }
}
