// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// Notifications and their counters, through the functions of migration 0073.
enum NotificationStore {
    /// What a user keeps: more than anybody reads, and some hundred kilobytes.
    static let keptMax = 1000

    /// A notice of an event, before it is known who reads it.
    struct Asked: Sendable {
        let notice: Notice
        let user: Int64?
        let order: Int64?
        let sellerOrder: Int64?
        let seller: Int64?
        let product: Int64?
        let variant: Int64?
    }

    /// Somebody who reads one of the notices that were asked for.
    struct Reader: Sendable {
        /// Which, counted from 0.
        let number: Int
        let user: UserID
        let wantsIt: Bool
        let wantsMail: Bool
        let product: String?
        let business: String?
    }

    /// A notification to be written.
    struct New: Sendable {
        let id: Int64
        let user: UserID
        let event: EventID
        let notice: Notice
        let facts: [UInt8]
    }

    /// Who reads these, and what they want.
    static func readers(
        of asked: [Asked], in client: some PostgresClient
    ) async throws(PostgresError) -> [Reader] {
        let rows = try await client.query(
            """
            select no, user_id, in_app, email, product, business from checkout.notice_readers_v2($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, asked.map { $0.notice.row.readers.column }, asked.map { $0.notice.row.kind.rawValue },
            asked.map { $0.notice.row.readers.permission }, asked.map(\.user), asked.map(\.order),
            asked.map(\.sellerOrder), asked.map(\.seller), asked.map(\.product), asked.map(\.variant))
        var readers: [Reader] = []
        for row in rows {
            readers.append(
                Reader(
                    number: try row.int(0) - 1, user: UserID(rawValue: try row.int64(1)), wantsIt: try row.bool(2),
                    wantsMail: try row.bool(3), product: try row.stringOrNil(4), business: try row.stringOrNil(5)))
        }
        return readers
    }

    /// Writes notifications, each once; returns who has something new.
    static func tell(_ new: [New], in client: some PostgresClient) async throws(PostgresError) -> [UserID] {
        let rows = try await client.query(
            "select notifications.tell_v1($1, $2, $3, $4, $5, $6)", new.map(\.id), new.map(\.user.rawValue),
            new.map(\.event.rawValue), new.map(\.notice.rawValue),
            new.map { String(decoding: $0.facts, as: UTF8.self) }, Int32(keptMax))
        var users: [UserID] = []
        for row in rows { users.append(UserID(rawValue: try row.int64(0))) }
        return users
    }

    /// How many a user has not read; 0 for somebody who was never told anything.
    static func unread(of user: UserID, in client: some PostgresClient) async throws(PostgresError) -> Int {
        try await client.query(
            "select coalesce((select unread from notifications.counters where user_id = $1), 0)", user.rawValue
        ).only().int(0)
    }

    /// Which notifications of a user a page has.
    struct Filter: Sendable {
        var isUnreadOnly = false
        /// nil: of every type.
        var notices: [String]?
    }

    /// A user's notifications, the newest first, those before one.
    static func page(
        of user: UserID, _ filter: Filter, before: Int64?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [NotificationRecord] {
        let rows = try await client.query(
            """
            select id, seq, notice, data, created_at, read_at from notifications.notifications
             where user_id = $1 and seq < $2 and (not $3 or read_at is null) and ($4::text[] is null or notice = any ($4))
             order by seq desc limit $5
            """, user.rawValue, before ?? Int64.max, filter.isUnreadOnly, filter.notices, Int64(limit))
        return try records(rows)
    }

    /// A user's notifications after one, the oldest first.
    static func after(
        _ sequence: Int64, of user: UserID, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [NotificationRecord] {
        let rows = try await client.query(
            """
            select id, seq, notice, data, created_at, read_at from notifications.notifications
             where user_id = $1 and seq > $2 order by seq limit $3
            """, user.rawValue, sequence, Int64(limit))
        return try records(rows)
    }

    /// How many notifications users have not read, and the number of the newest; who was never told anything is left out.
    static func counters(
        of users: [UserID], in client: some PostgresClient
    ) async throws(PostgresError) -> [UserID: (unread: Int, newest: Int64)] {
        let rows = try await client.query(
            "select user_id, unread, last_seq from notifications.counters where user_id = any ($1)",
            users.map(\.rawValue))
        var counters: [UserID: (unread: Int, newest: Int64)] = [:]
        for row in rows { counters[UserID(rawValue: try row.int64(0))] = (try row.int(1), try row.int64(2)) }
        return counters
    }

    private static func records(_ rows: PostgresRows) throws(PostgresError) -> [NotificationRecord] {
        var records: [NotificationRecord] = []
        for row in rows {
            guard let facts = NoticeFacts(try row.bytes(3)) else {
                throw PostgresError(.decoding, outcome: .unknown, "a notification's data are no object")
            }
            records.append(
                NotificationRecord(
                    id: NotificationID(rawValue: try row.int64(0)), sequence: try row.int64(1),
                    notice: try row.string(2), facts: facts, createdAt: Timestamp(microseconds: try row.timestamp(4)),
                    readAt: try row.timestampOrNil(5).map { Timestamp(microseconds: $0) }))
        }
        return records
    }

    /// What came of marking.
    typealias Marked = (updated: Int, unread: Int)

    /// Marks a user's own.
    static func markRead(
        _ ids: [NotificationID], of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Marked {
        let row = try await client.query(
            "select updated, unread from notifications.mark_read_v1($1, $2)", user.rawValue, ids.map(\.rawValue)
        ).only()
        return (try row.int(0), try row.int(1))
    }

    /// Marks all of a user's that were there.
    static func markAllRead(
        of user: UserID, before: Timestamp?, in client: some PostgresClient
    ) async throws(PostgresError) -> Marked {
        let row = try await client.query(
            "select updated, unread from notifications.mark_all_read_v1($1, $2)", user.rawValue,
            before.map { PostgresTimestamp(microseconds: $0.microseconds) }
        ).only()
        return (try row.int(0), try row.int(1))
    }

    /// Removes all that a user was told.
    static func forget(_ user: UserID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute("select notifications.forget_v1($1)", user.rawValue)
    }

    /// What a user wants to be told of, as it is stored.
    static func preferences(of user: UserID, in client: some PostgresClient) async throws(PostgresError) -> [UInt8] {
        let row = try await client.query("select checkout.notification_preferences_v1($1)", user.rawValue).only()
        return try row.bytesOrNil(0) ?? Array("{}".utf8)
    }

    static func setPreferences(
        _ json: [UInt8], of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            "select checkout.set_notification_preferences_v1($1, $2)", user.rawValue, PostgresJSON(bytes: json))
    }
}
