// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres
import UVRuntime

/// Something that happened, as subscribers, notifications and outgoing webhooks are told.
public struct OutboxEvent: Sendable {
    /// What happened, such as `user.registered`.
    public let type: String
    /// To what kind of object.
    public let aggregateType: String
    /// To which.
    public let aggregateID: Int64
    /// The event's number within its object, from 1, without gaps.
    public let sequence: Int32
    /// A JSON object; ids in it are numbers.
    public let payload: [UInt8]

    /// States an event.
    public init(type: String, aggregateType: String, aggregateID: Int64, sequence: Int32, payload: [UInt8]) {
        self.type = type
        self.aggregateType = aggregateType
        self.aggregateID = aggregateID
        self.sequence = sequence
        self.payload = payload
    }
}

/// An event as it is handed on after its commit.
public struct PublishedEvent: Sendable {
    /// The event's number, the same however often it is handed on.
    public let id: EventID
    /// What it tells.
    public let event: OutboxEvent
    /// When its transaction began.
    public let createdAt: Timestamp
}

/// Events that were taken to be handed on.
struct OutboxBatch: Sendable {
    /// By number.
    let events: [PublishedEvent]
    /// What the cursor becomes once they are handed on, as the database writes it.
    let mark: String
    /// Whether they are all that waited.
    let isWhole: Bool
}

/// Writes events into the transaction of what they tell; a publisher reads them afterwards.
public enum OutboxStore {
    /// Appends an event.
    public static func append(
        _ event: OutboxEvent, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ($1, $2, $3, $4, $5)
            """, event.type, event.aggregateType, event.aggregateID, event.sequence, PostgresJSON(bytes: event.payload))
    }

    /// How long statements of a patient transaction may take: as many events as a table has are read once meanwhile.
    static let patience: Duration = .seconds(600)

    /// The next events that wait, by number; nil where none do, or another transaction publishes. First of its transaction.
    ///
    /// - Parameter isPatient: whether the transaction is: whoever could not begin a tick of very many in the usual time.
    /// - Throws: `.server` MP018 where the cursor is another cluster's: `rebase` it.
    static func take(
        _ limit: Int, isPatient: Bool = false, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> OutboxBatch? {
        if isPatient { try await bePatient(in: transaction) }
        let rows = try await transaction.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at, mark::text, whole
              from platform.take_outbox_v2($1)
            """, Int32(clamping: limit), timeout: isPatient ? patience : nil)
        guard let last = rows.last else { return nil }
        return OutboxBatch(events: try events(rows), mark: try last.string(7), isWhole: try last.bool(8))
    }

    /// Marks a batch as handed on, in the transaction that took it.
    static func markPublished(_ batch: OutboxBatch, in transaction: PostgresTransaction) async throws(PostgresError) {
        try await transaction.execute("select platform.published_v3($1::text::platform.outbox_cursor)", batch.mark)
    }

    /// Whether a cursor could not be read since it is another cluster's.
    static func isForeign(_ error: any Error) -> Bool { (error as? PostgresError)?.sqlstate == "MP018" }

    /// Makes the cursor this cluster's, as many events at a time.
    ///
    /// - Returns: whether it is; nil while another transaction publishes.
    static func rebase(_ limit: Int, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool? {
        try await bePatient(in: transaction)
        return try await transaction.query(
            "select platform.rebase_outbox_v1($1)", Int32(clamping: limit), timeout: patience
        ).only().boolOrNil(0)
    }

    private static func bePatient(in transaction: PostgresTransaction) async throws(PostgresError) {
        try await transaction.execute(
            "select set_config('statement_timeout', $1, true)", "\(patience.wholeMilliseconds)")
    }

    /// One event; nil once it was cleared away.
    static func event(_ id: EventID, in client: some PostgresClient) async throws(PostgresError) -> PublishedEvent? {
        let rows = try await client.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at from platform.outbox where id = $1
            """, id.rawValue)
        return try rows.first.map { row throws(PostgresError) in try event(row) }
    }

    /// Removes the oldest events, those that are so old and were handed on.
    static func reap(
        limit: Int, keeping: Duration, in client: some PostgresClient
    ) async throws(PostgresError) -> (looked: Int, removed: Int) {
        let row = try await client.query(
            "select looked, removed from platform.reap_outbox_v2($1, $2)", Int32(clamping: limit),
            Int32(clamping: keeping.components.seconds)
        ).only()
        return (try row.int(0), try row.int(1))
    }

    static func events(_ rows: PostgresRows) throws(PostgresError) -> [PublishedEvent] {
        var events: [PublishedEvent] = []
        for row in rows { events.append(try event(row)) }
        return events
    }

    static func event(_ row: PostgresRow) throws(PostgresError) -> PublishedEvent {
        PublishedEvent(
            id: EventID(rawValue: try row.int64(0)),
            event: OutboxEvent(
                type: try row.string(1), aggregateType: try row.string(2), aggregateID: try row.int64(3),
                sequence: try row.int32(4), payload: try row.bytes(5)),
            createdAt: Timestamp(microseconds: try row.timestamp(6)))
    }
}
