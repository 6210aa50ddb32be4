// SPDX-License-Identifier: Apache-2.0
public import Postgres

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
}
