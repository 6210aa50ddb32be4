// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// One block of an account, as admins see it.
struct BlockRecord: Sendable, JSONWritable {
    let blockedBy: UserID
    let reasonCode: String
    let note: String
    let blockedAt: Timestamp
    let unblockedBy: UserID?
    let unblockNote: String?
    let unblockedAt: Timestamp?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("blocked_by", blockedBy)
            json.field("reason_code", reasonCode)
            json.field("note", note)
            json.field("blocked_at", blockedAt)
            json.fieldIfPresent("unblocked_by", unblockedBy)
            json.fieldIfPresent("unblock_note", unblockNote)
            json.fieldIfPresent("unblocked_at", unblockedAt)
        }
    }
}

/// The SQL of admins: other people's accounts.
extension AccountsStore {
    /// Blocks in a user's history that are shown: the newest.
    static let blocksMax: Int64 = 100

    /// The page of ``users(_:after:limit:in:)``.
    static let usersPage = PostgresSQL(
        text: """
            select \(columns), (select max(s.created_at) from accounts.sessions s where s.user_id = u.id)
              from accounts.users u \(withAvatar)
             where (u.created_at, u.id) < ($1, $2)
               and ($3::text is null or $3 = any (u.roles)) and ($4::text is null or u.status = $4)
               and ($5::text is null or u.email_folded like $5 or u.phone like $6 or lower(u.full_name) like $6)
               and u.created_at >= $7 and u.created_at < $8
             order by u.created_at desc, u.id desc limit $9
            """)

    /// A page of users, newest first, each with the time of the newest login.
    ///
    /// - Cost: one statement, planned anew for each filter: by `users_newest` where many users have the text, by the indexes of
    ///   beginnings and of parts where few do. In a million users up to 13 ms; 40 and 200 where 17,000 and 220,000 have the text and none
    ///   of them the wanted status.
    static func users(
        _ filter: AdminUserFilter, after: (createdAt: Timestamp, id: UserID)?, limit: Int,
        in client: some PostgresClient
    ) async throws(PostgresError) -> [(user: User, lastLogin: Timestamp?)] {
        let position = after ?? (Timestamp(microseconds: .max), UserID(rawValue: .max))
        let beginning = filter.text.map { literal($0) + "%" }
        let part = filter.hasPart ? beginning.map { "%" + $0 } : beginning
        var parameters = PostgresParameters()
        parameters.append(time(position.0))
        parameters.append(position.1.rawValue)
        parameters.append(filter.role?.names.first)
        parameters.append(filter.status?.rawValue)
        parameters.append(beginning)
        parameters.append(part)
        parameters.append(time(filter.from ?? Timestamp(microseconds: .min)))
        parameters.append(time(filter.to ?? Timestamp(microseconds: .max)))
        parameters.append(Int64(limit))
        let rows = try await client.run(PostgresCall(usersPage, parameters: parameters, isPrepared: false))
        var users: [(user: User, lastLogin: Timestamp?)] = []
        for row in rows {
            users.append((try user(row), try row.timestampOrNil(columnCount).map { Timestamp(microseconds: $0) }))
        }
        return users
    }

    private static func time(_ moment: Timestamp) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: moment.microseconds)
    }

    /// A text in a pattern, whatever signs are in it.
    private static func literal(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }

    /// The blocks of a user, newest first.
    static func blocks(of user: UserID, in client: some PostgresClient) async throws(PostgresError) -> [BlockRecord] {
        let rows = try await client.query(
            """
            select blocked_by, reason_code, note, blocked_at, unblocked_by, unblock_note, unblocked_at
              from accounts.blocks where user_id = $1 order by id desc limit $2
            """, user.rawValue, blocksMax)
        var blocks: [BlockRecord] = []
        for row in rows {
            blocks.append(
                BlockRecord(
                    blockedBy: UserID(rawValue: try row.int64(0)), reasonCode: try row.string(1),
                    note: try row.string(2), blockedAt: Timestamp(microseconds: try row.timestamp(3)),
                    unblockedBy: try row.int64OrNil(4).map { UserID(rawValue: $0) },
                    unblockNote: try row.stringOrNil(5),
                    unblockedAt: try row.timestampOrNil(6).map { Timestamp(microseconds: $0) }))
        }
        return blocks
    }

    // MARK: Blocking

    /// Locks a user, and every admin who may do all where the user is one: of two who block each other, one waits and sees.
    ///
    /// - Returns: the user, and how many others of that kind can still act; nil when there is no such user.
    static func lockForBlock(
        _ id: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> (user: User, isSuper: Bool, otherSupers: Int)? {
        try await transaction.execute(
            """
            select id from accounts.users
             where id = $1 or ('super' = any (permissions) and 'admin' = any (roles)
                               and exists (select 1 from accounts.users t where t.id = $1 and 'super' = any (t.permissions)))
             order by id for no key update
            """, id.rawValue)
        guard let user = try await user(id, in: transaction) else { return nil }
        let row = try await transaction.query(
            """
            select coalesce(bool_or(id = $1 and 'super' = any (permissions)), false),
                   count(*) filter (where id <> $1 and 'super' = any (permissions) and 'admin' = any (roles)
                                      and status <> 'blocked')
              from accounts.users where id = $1 or 'super' = any (permissions)
            """, id.rawValue
        ).only()
        return (user, try row.bool(0), try row.int(1))
    }

    /// Blocks a locked user, begins the block's record, and counts the event that tells of it.
    ///
    /// - Returns: the event's number.
    static func block(
        _ id: UserID, by admin: UserID, reasonCode: String, note: String, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Int32 {
        try await transaction.execute(
            "insert into accounts.blocks (user_id, blocked_by, reason_code, note) values ($1, $2, $3, $4)",
            id.rawValue, admin.rawValue, reasonCode, note)
        return try await transaction.query(
            """
            update accounts.users
               set status = 'blocked', version = version + 1, event_seq = event_seq + 1, updated_at = now()
             where id = $1 returning event_seq
            """, id.rawValue
        ).only().int32(0)
    }

    /// Ends a locked user's block, and the removal that the user asked for where it is to be called off. The account is open again
    /// unless the removal goes on.
    static func unblock(
        _ id: UserID, by admin: UserID, note: String, callsOffDeletion: Bool, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            update accounts.blocks set unblocked_by = $2, unblock_note = $3, unblocked_at = now()
             where user_id = $1 and unblocked_at is null
            """, id.rawValue, admin.rawValue, note)
        try await transaction.execute(
            """
            update accounts.users
               set status = case when deletion_requested_at is not null and not $2 then 'blocked'
                                 when email_verified then 'active' else 'pending_verification' end,
                   deletion_requested_at = case when not $2 then deletion_requested_at end,
                   version = version + 1, updated_at = now()
             where id = $1
            """, id.rawValue, callsOffDeletion)
    }

    /// Why a locked user's account is closed.
    static func closure(of id: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Closure {
        let row = try await transaction.query(
            """
            select exists (select 1 from accounts.blocks b where b.user_id = u.id and b.unblocked_at is null),
                   u.deletion_requested_at is not null, u.deleted_at is not null
              from accounts.users u where u.id = $1
            """, id.rawValue
        ).only()
        return Closure(
            isBlocked: try row.bool(0), isDeletionRequested: try row.bool(1), isDeleted: try row.bool(2))
    }

    /// Why an account is closed. The status alone does not tell: it is the same for all.
    struct Closure: Sendable {
        /// An admin has blocked it, and none has ended that.
        let isBlocked: Bool
        /// Its user has asked for its removal, which nobody called off.
        let isDeletionRequested: Bool
        /// It was removed: nothing of the person is left to be opened again.
        let isDeleted: Bool
    }
}
