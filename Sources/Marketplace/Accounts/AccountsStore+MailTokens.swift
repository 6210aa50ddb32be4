// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// What a secret that was sent by mail proves.
enum MailPurpose: String, CaseIterable, Sendable {
    case verifyEmail = "verify-email"
    case resetPassword = "reset-password"
    case confirmOldEmail = "confirm-old-email"
    case confirmNewEmail = "confirm-new-email"
}

/// The SQL of proofs sent by mail.
extension AccountsStore {
    /// A proof that somebody brought, and that was not brought before.
    struct Proof: Sendable {
        let user: UserID
        let purpose: MailPurpose
        /// The address that it was sent to.
        let email: String
    }

    /// How long a proof is good.
    private static let proofSeconds: Double = 24 * 3600
    /// Mails of one purpose that a user is sent in a day: more are no help to them, and a nuisance to whoever owns the address.
    static let proofsMax: Int64 = 5

    /// Whether the user may be sent another proof of this purpose.
    static func maySendProof(
        _ purpose: MailPurpose, to user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.query(
            """
            select count(*) < $3 from accounts.mail_tokens
             where user_id = $1 and purpose = $2 and created_at > now() - interval '1 day'
            """, user.rawValue, purpose.rawValue, proofsMax
        ).only().bool(0)
    }

    /// Keeps a new proof.
    static func keep(
        _ token: MailToken, for purpose: MailPurpose, of user: UserID, email: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            insert into accounts.mail_tokens (token_hash, user_id, purpose, email, expires_at)
            values ($1, $2, $3, $4, now() + make_interval(secs => $5))
            """, token.hash, user.rawValue, purpose.rawValue, email, proofSeconds)
    }

    /// Takes a proof: once, in its time, for one of these purposes; nil otherwise. Its user is locked first, as everywhere before proofs
    /// are touched: of a reset and a change of the address at the same time the later one sees what the other has done.
    static func take(
        _ text: String, for purposes: [MailPurpose], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Proof? {
        let hash = MailTokens.hash(of: text)
        try await transaction.execute(
            """
            select u.id from accounts.users u
             where u.id = (select t.user_id from accounts.mail_tokens t where t.token_hash = $1)
             order by u.id for no key update
            """, hash)
        let row = try await transaction.first(
            """
            update accounts.mail_tokens set used_at = now()
             where token_hash = $1 and purpose = any ($2) and used_at is null and expires_at > now()
            returning user_id, purpose, email
            """, hash, purposes.map(\.rawValue))
        guard let row, let purpose = MailPurpose(rawValue: try row.string(1)) else { return nil }
        return Proof(user: UserID(rawValue: try row.int64(0)), purpose: purpose, email: try row.string(2))
    }

    /// Whose password a proof would set, were it brought now; nil for one that is worth nothing, as one that was sent to an address of
    /// before.
    static func owner(
        ofReset text: String, in client: some PostgresClient
    ) async throws(PostgresError) -> (user: UserID, email: String)? {
        let row = try await client.first(
            """
            select t.user_id, u.email from accounts.mail_tokens t join accounts.users u on u.id = t.user_id
             where t.token_hash = $1 and t.purpose = 'reset-password' and t.used_at is null and t.expires_at > now()
               and t.email = u.email
            """, MailTokens.hash(of: text))
        guard let row else { return nil }
        return (UserID(rawValue: try row.int64(0)), try row.string(1))
    }

    /// Makes every unused proof of a purpose worthless: a later one, or another way, has done its work.
    static func voidProofs(
        _ purposes: [MailPurpose], of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.mail_tokens set used_at = now()
             where user_id = $1 and purpose = any ($2) and used_at is null
            """, user.rawValue, purposes.map(\.rawValue))
    }

    /// The address is the user's, if it is still theirs.
    static func markVerified(
        _ user: UserID, email: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.users
               set email_verified = true, version = version + 1, updated_at = now(),
                   status = case when status = 'pending_verification' then 'active' else status end
             where id = $1 and email = $2 and not email_verified
            """, user.rawValue, email)
    }

    // MARK: Another address

    /// Remembers the address that a user wants; an earlier wish is forgotten.
    static func wish(
        _ email: EmailAddress, for user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            insert into accounts.email_changes (user_id, new_email, new_email_folded) values ($1, $2, $3)
            on conflict (user_id) do update
               set new_email = excluded.new_email, new_email_folded = excluded.new_email_folded, requested_at = now(),
                   old_confirmed_at = null, new_confirmed_at = null
            """, user.rawValue, email.text, email.folded)
    }

    /// Whether somebody has an account under this address.
    static func isTaken(_ email: EmailAddress, in client: some PostgresClient) async throws(PostgresError) -> Bool {
        try await client.first("select 1 from accounts.users where email_folded = $1", email.folded) != nil
    }

    /// Confirms one side of a change.
    ///
    /// - Returns: the wished address when both sides have confirmed; nil while one is missing.
    static func confirm(
        _ proof: Proof, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> String? {
        let row = try await transaction.first(
            """
            update accounts.email_changes
               set old_confirmed_at = case when $2 then now() else old_confirmed_at end,
                   new_confirmed_at = case when $2 then new_confirmed_at else now() end
             where user_id = $1
            returning new_email, old_confirmed_at is not null and new_confirmed_at is not null
            """, proof.user.rawValue, proof.purpose == .confirmOldEmail)
        guard let row, try row.bool(1) else { return nil }
        return try row.string(0)
    }

    /// Puts the wished address in place of the old one; false where somebody else has it by now.
    static func moveEmail(of user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool {
        let moved = try await transaction.first(
            """
            update accounts.users u
               set email = c.new_email, email_folded = c.new_email_folded, email_verified = true,
                   version = u.version + 1, updated_at = now(),
                   status = case when u.status = 'pending_verification' then 'active' else u.status end
              from accounts.email_changes c
             where u.id = $1 and c.user_id = u.id
               and not exists (select 1 from accounts.users o where o.email_folded = c.new_email_folded and o.id <> u.id)
            returning u.id
            """, user.rawValue)
        try await transaction.execute("delete from accounts.email_changes where user_id = $1", user.rawValue)
        return moved != nil
    }

    // MARK: Passwords

    /// Sets a password.
    static func setPassword(
        _ hash: String, of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            "update accounts.users set password_hash = $2, version = version + 1, updated_at = now() where id = $1",
            user.rawValue, hash)
    }
}
