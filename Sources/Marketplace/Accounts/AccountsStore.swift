// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// The SQL of people: users, failed logins, addresses.
enum AccountsStore {
    /// What a login is judged by.
    struct Credentials: Sendable {
        /// The account, if the address has one.
        let account: (id: UserID, passwordHash: String, status: UserStatus, roles: Roles)?
        /// Whether too many attempts failed of late, for a known address or not.
        let isLocked: Bool
    }

    /// Failed attempts within an hour that lock an address for the rest of it.
    private static let failuresMax: Int32 = 10
    static let failureWindowSeconds: Int32 = 3600

    // MARK: Users

    /// What `user(_:)` reads, of the user `u` with the avatar `a`.
    static let columns = """
        u.id, u.email, u.phone, u.full_name, u.locale, u.roles, u.status, u.email_verified, u.created_at, u.version,
        \(PictureStore.columns(of: "a"))
        """
    /// Where a statement's further columns begin.
    static let columnCount = 10 + PictureStore.columnCount
    /// Behind `u`.
    static let withAvatar = "left join accounts.images a on a.id = u.avatar_image_id"

    private enum UserSQL {
        static let byID = PostgresSQL(text: "select \(columns) from accounts.users u \(withAvatar) where u.id = $1")
        static let byEmail = PostgresSQL(
            text: "select \(columns) from accounts.users u \(withAvatar) where u.email_folded = $1")
        static let insert = PostgresSQL(
            text: """
                with added as (
                  insert into accounts.users (id, email, email_folded, password_hash, full_name, phone, locale)
                  values ($1, $2, $3, $4, $5, $6, coalesce($7, 'en'))
                  on conflict (email_folded) do nothing returning *)
                select \(columns) from added u \(withAvatar)
                """)
        static let update = PostgresSQL(
            text: """
                with changed as (
                  update accounts.users set
                         full_name = coalesce($2, full_name),
                         phone = case when $3 then $4 else phone end,
                         locale = coalesce($5, locale),
                         avatar_image_id = case when $6 then $7 else avatar_image_id end,
                         notification_preferences = notification_preferences || coalesce($8, '{}'::jsonb),
                         version = version + 1, updated_at = now()
                   where id = $1 and ($9::bigint is null or version = $9) returning *)
                select \(columns) from changed u \(withAvatar)
                """)
    }

    /// Adds a user; nil when the address is taken.
    static func insert(
        id: UserID, email: EmailAddress, passwordHash: String, fullName: String, phone: String?, locale: String?,
        in client: some PostgresClient
    ) async throws(PostgresError) -> User? {
        let row = try await client.first(
            UserSQL.insert, id.rawValue, email.text, email.folded, passwordHash, fullName, phone, locale)
        return try row.map(user)
    }

    /// The user; nil when there is none.
    static func user(_ id: UserID, in client: some PostgresClient) async throws(PostgresError) -> User? {
        try await client.first(UserSQL.byID, id.rawValue).map(user)
    }

    /// The user with this address, in lower case; nil when there is none.
    static func user(
        withEmail email: String, in client: some PostgresClient
    ) async throws(PostgresError) -> User? {
        try await client.first(UserSQL.byEmail, email).map(user)
    }

    /// Changes what is given; nil when the version is another, or there is no such user.
    static func update(
        _ id: UserID, _ change: ProfileChange, expectedVersion: Int64?, in client: some PostgresClient
    ) async throws(PostgresError) -> User? {
        let row = try await client.first(
            UserSQL.update, id.rawValue, change.fullName, change.phone.isGiven, change.phone.value, change.locale,
            change.avatar.isGiven, change.avatar.value?.rawValue,
            change.notificationPreferences.map { PostgresJSON(bytes: $0) }, expectedVersion)
        return try row.map(user)
    }

    static func user(_ row: PostgresRow) throws(PostgresError) -> User {
        User(
            id: UserID(rawValue: try row.int64(0)), email: try row.string(1), phone: try row.stringOrNil(2),
            fullName: try row.string(3), locale: try row.string(4),
            roles: Roles(names: try row.decode(5, as: [String].self)), status: try status(row, 6),
            isEmailVerified: try row.bool(7), createdAt: Timestamp(microseconds: try row.timestamp(8)),
            version: try row.int64(9), avatar: try PictureStore.picture(row, at: 10))
    }

    /// An unknown status counts as blocked: an older server must not let in whom a newer one has stopped.
    static func status(_ row: PostgresRow, _ column: Int) throws(PostgresError) -> UserStatus {
        UserStatus(rawValue: try row.string(column)) ?? .blocked
    }

    // MARK: Log-in

    /// What a login with this address is judged by, in one look-up for known and unknown ones alike.
    static func credentials(
        of email: String, emailHash: [UInt8], in client: some PostgresClient
    ) async throws(PostgresError) -> Credentials {
        let row = try await client.query(
            """
            select u.id, u.password_hash, u.status, u.roles,
                   coalesce((select f.locked_until > now() from accounts.login_failures f where f.email_hash = $2), false)
              from (select 1) one left join accounts.users u on u.email_folded = $1
            """, email, emailHash
        ).only()
        let isLocked = try row.bool(4)
        guard let id = try row.int64OrNil(0) else { return Credentials(account: nil, isLocked: isLocked) }
        let roles = Roles(names: try row.decode(3, as: [String].self))
        return Credentials(
            account: (UserID(rawValue: id), try row.string(1), try status(row, 2), roles), isLocked: isLocked)
    }

    /// Counts a failed attempt.
    static func countFailure(_ emailHash: [UInt8], in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute(
            "select accounts.login_failed_v1($1, $2, $3)", emailHash, failuresMax, failureWindowSeconds)
    }

    /// Forgets the failed attempts.
    static func forgetFailures(_ emailHash: [UInt8], in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute("delete from accounts.login_failures where email_hash = $1", emailHash)
    }

    /// Locks a user's row and reads what a log-in is judged by: who sets the password, blocks or opens a session at the same time
    /// waits for the transaction's end, or has been waited for.
    ///
    /// - Returns: nil when there is no such user.
    static func lock(
        _ id: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> (passwordHash: String, status: UserStatus)? {
        let row = try await transaction.first(
            "select password_hash, status from accounts.users where id = $1 order by id for no key update", id.rawValue)
        guard let row else { return nil }
        return (try row.string(0), try status(row, 1))
    }

    /// Replaces a hash by one of today's cost, unless the password was changed meanwhile.
    static func replaceHash(
        of id: UserID, _ old: String, by new: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            "update accounts.users set password_hash = $3 where id = $1 and password_hash = $2", id.rawValue, old, new)
    }

    // MARK: Addresses

    /// The user's default addresses, at most two.
    static func defaultAddresses(
        of id: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> [UserAddress] {
        let rows = try await client.query(
            """
            select id, label, name, phone, line1, line2, city, state_code, postal_code, country, gstin,
                   is_default_shipping, is_default_billing, version
              from accounts.addresses
             where user_id = $1 and (is_default_shipping or is_default_billing) order by id
            """, id.rawValue)
        var addresses: [UserAddress] = []
        for row in rows { addresses.append(try address(row)) }
        return addresses
    }
}
