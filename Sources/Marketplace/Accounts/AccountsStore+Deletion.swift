// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// The SQL of removing people.
extension AccountsStore {
    /// Closes an account that is to be removed.
    static func requestDeletion(of user: UserID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.users
               set deletion_requested_at = coalesce(deletion_requested_at, now()), status = 'blocked',
                   version = version + 1, updated_at = now()
             where id = $1
            """, user.rawValue)
    }

    /// The number of a user's next event.
    static func nextEvent(of user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Int32 {
        try await transaction.query(
            "update accounts.users set event_seq = event_seq + 1 where id = $1 returning event_seq", user.rawValue
        ).only().int32(0)
    }

    /// Accounts that wait for their removal, in the order of their ids.
    static func waitingForDeletion(
        after user: UserID, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [UserID] {
        let rows = try await client.query(
            """
            select id from accounts.users
             where deletion_requested_at is not null and deleted_at is null and id > $1 order by id limit $2
            """, user.rawValue, Int64(limit))
        var users: [UserID] = []
        for row in rows { users.append(UserID(rawValue: try row.int64(0))) }
        return users
    }

    /// Takes everything that tells who somebody was out of a closed account; the row stays for what refers to it.
    ///
    /// - Returns: false where the removal was called off, or has happened.
    static func anonymise(_ user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool {
        let row = try await transaction.first(
            """
            update accounts.users
               set email = 'deleted-' || id || '@deleted.invalid', email_folded = 'deleted-' || id || '@deleted.invalid',
                   password_hash = '!', full_name = 'Deleted user', phone = null, avatar_image_id = null, locale = 'en',
                   notification_preferences = '{}', roles = '{customer}', permissions = '{}', email_verified = false,
                   deleted_at = now(), version = version + 1, updated_at = now()
             where id = $1 and deletion_requested_at is not null and deleted_at is null returning id
            """, user.rawValue)
        guard row != nil else { return false }
        // The refresh tokens go with their sessions, the recovery codes with the second factor.
        try await transaction.execute("delete from accounts.sessions where user_id = $1", user.rawValue)
        try await transaction.execute("delete from accounts.addresses where user_id = $1", user.rawValue)
        try await transaction.execute("delete from accounts.mail_tokens where user_id = $1", user.rawValue)
        try await transaction.execute("delete from accounts.email_changes where user_id = $1", user.rawValue)
        // Their files go with the sweep of those that no row names.
        try await AvatarStore.pictures.removeAll(of: user.rawValue, in: transaction)
        try await transaction.execute("delete from accounts.second_factors where user_id = $1", user.rawValue)
        return true
    }
}
