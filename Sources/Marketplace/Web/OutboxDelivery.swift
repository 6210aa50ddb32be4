// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
public import Postgres

/// Hands on a single event that was set aside, as a job that is tried until it succeeds or a person looks at it.
public struct OutboxDelivery: Sendable {
    /// The jobs' kind.
    public static let kind = "outbox.deliver"

    private let pool: PostgresPool
    private let subscribers: [OutboxSubscriber]

    /// Binds it.
    public init(pool: PostgresPool, subscribers: [OutboxSubscriber]) {
        self.pool = pool
        self.subscribers = subscribers
    }

    static func owe(_ event: PublishedEvent, in transaction: PostgresTransaction) async throws(PostgresError) {
        var json = JSONWriter(capacity: 48)
        json.object { $0.field("event", event.id.rawValue) }
        try await JobStore.owe(kind, key: "\(event.id.rawValue)", payload: json.bytes, in: transaction)
    }

    /// Does the work of a job.
    ///
    /// - Throws: what the subscribers throw; `JobGivenUp` once the event was cleared away.
    public func deliver(_ job: Job) async throws {
        let id = EventID(rawValue: try job.read { $0["event"]?.int64 })
        let subscribers = subscribers
        let afterwards = try await pool.withTransaction { transaction in
            guard let event = try await OutboxStore.event(id, in: transaction) else {
                throw JobGivenUp("the event was cleared away")
            }
            return try await subscribers.take([event], in: transaction)
        }
        for follow in afterwards { await follow() }
    }
}
