// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import Postgres
import Synchronization
import UVRuntime

@testable import MarketHTTP

/// Publishers over one database, each as in a process of its own, whose subscriber owes a job for each event.
final class OutboxDesk: Sendable {
    let seen = Mutex<[String]>([])
    let afterwards = Mutex<Int>(0)
    let fails = Mutex<@Sendable ([PublishedEvent], PostgresTransaction) async throws -> Void>({ _, _ in })
    let loop: EventLoop
    let pool: PostgresPool

    init(_ loop: EventLoop, _ pool: PostgresPool) {
        self.loop = loop
        self.pool = pool
    }

    var subscriber: OutboxSubscriber {
        OutboxSubscriber("test") { [self] events, transaction in
            try await JobStore.owe(
                "told", events.map { ("\($0.event.aggregateID)#\($0.event.sequence)", Array("{}".utf8)) },
                in: transaction)
            try await fails.withLock { $0 }(events, transaction)
            let names = events.map { "\($0.event.aggregateID)#\($0.event.sequence)" }
            return { [self] in
                seen.withLock { $0 += names }
                afterwards.withLock { $0 += 1 }
            }
        }
    }

    func publisher(
        clock: (any LoopClock)? = nil, ordersWait: @escaping @Sendable () async -> Bool = { false }
    ) -> OutboxPublisher {
        OutboxPublisher(
            executor: loop, clock: clock, pool: pool, subscribers: [subscriber], ordersWait: ordersWait,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func append(_ aggregate: Int64, _ sequence: Int32, in client: some PostgresClient) async throws {
        try await OutboxStore.append(
            OutboxEvent(
                type: "x.moved", aggregateType: "x", aggregateID: aggregate, sequence: sequence,
                payload: Array("{}".utf8)), in: client)
    }

    func told() async throws -> Int {
        try await pool.query("select count(*) from platform.jobs where kind = 'told'").only().int(0)
    }

    func waiting() async throws -> Int {
        try await pool.query("select count(*) from platform.outbox_waiting_v1(0, 10000)").only().int(0)
    }

    /// What is handed on in one transaction of its own, told as `object#number`.
    func page(_ limit: Int) async throws -> [String] {
        try await pool.withTransaction { transaction in
            guard let batch = try await OutboxStore.take(limit, in: transaction) else { return [] }
            try await OutboxStore.markPublished(batch, in: transaction)
            return batch.events.map { "\($0.event.aggregateID)#\($0.event.sequence)" }
        }
    }

    /// Over a database of its own.
    static func with(_ body: @escaping @Sendable (OutboxDesk) async throws -> Void) async throws {
        try await TestPool.with { loop, pool in try await body(OutboxDesk(loop, pool)) }
    }
}
