// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketHTTP

@Suite(.timeLimit(.minutes(2))) struct OutboxPublisherTests {
    private struct Trouble: Error {}

    private func with(_ body: @escaping @Sendable (OutboxDesk) async throws -> Void) async throws {
        try await OutboxDesk.with(body)
    }

    @Test func handsOnEachEventOnceAndEachObjectsInOrder() async throws {
        try await with { desk in
            for number in Int32(1)...250 {
                for aggregate in Int64(1)...2 { try await desk.append(aggregate, number, in: desk.pool) }
            }
            let (first, second) = (desk.publisher(), desk.publisher())
            async let one = first.run()
            async let other = second.run()
            var count = await one + other
            // Who found the other at work left the rest to it.
            count += await first.run()
            #expect(count == 500)
            let seen = desk.seen.withLock { $0 }
            #expect(seen.count == 500)
            for aggregate in 1...2 {
                #expect(seen.filter { $0.hasPrefix("\(aggregate)#") } == (1...250).map { "\(aggregate)#\($0)" })
            }
            #expect(try await desk.told() == 500)
            #expect(try await desk.waiting() == 0)
            #expect(await second.run() == 0)
        }
    }

    /// The loop's time, and how often somebody rested.
    private final class Rests: LoopClock {
        let loop: EventLoop
        let lengths = Mutex<[Duration]>([])
        init(_ loop: EventLoop) { self.loop = loop }
        var now: UInt64 { loop.now }
        func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
            lengths.withLock { $0.append(after) }
            return loop.schedule(after: after, action)
        }
    }

    @Test func restsBetweenFullBatchesWhileOrdersWait() async throws {
        try await with { desk in
            for number in Int32(1)...250 {
                for aggregate in Int64(1)...2 { try await desk.append(aggregate, number, in: desk.pool) }
            }
            let clock = Rests(desk.loop)
            let waits = Mutex([true, false, false])
            let publisher = desk.publisher(clock: clock, ordersWait: { waits.withLock { $0.removeFirst() } })
            // Batches of 200, 200 and 100: asked after each, for others may have come meanwhile; rested once.
            #expect(await publisher.run() == 500)
            #expect(clock.lengths.withLock { $0.count } == 1)
            #expect(clock.lengths.withLock { $0.allSatisfy { $0 <= OutboxPublisher.restMax } })
            #expect(waits.withLock { $0.isEmpty })
        }
    }

    /// An event whose transaction ends late has a smaller number than some that were handed on.
    @Test func whatCommitsLateIsHandedOnThen() async throws {
        try await with { desk in
            let publisher = desk.publisher()
            try await desk.pool.withTransaction { open in
                try await desk.append(1, 1, in: open)
                try await desk.append(2, 1, in: desk.pool)
                #expect(await publisher.run() == 1)
            }
            #expect(await publisher.run() == 1)
            #expect(desk.seen.withLock { $0 } == ["2#1", "1#1"])
        }
    }

    @Test func aBatchThatFailsLeavesNothingAndIsHandedOnLater() async throws {
        try await with { desk in
            for number in Int32(1)...3 { try await desk.append(1, number, in: desk.pool) }
            // The connection ends below it: nobody's fault, and nothing is set aside.
            desk.fails.withLock {
                $0 = { _, transaction in
                    _ = try await transaction.query("select pg_terminate_backend(pg_backend_pid())")
                }
            }
            let publisher = desk.publisher()
            #expect(await publisher.run() == 0)
            #expect(try await desk.told() == 0)
            #expect(try await desk.waiting() == 3)
            #expect(desk.afterwards.withLock { $0 } == 0)
            desk.fails.withLock { $0 = { _, _ in } }
            #expect(await publisher.run() == 3)
            #expect(desk.seen.withLock { $0 } == ["1#1", "1#2", "1#3"])
        }
    }

    @Test func anEventThatFailsAloneHoldsUpNobody() async throws {
        try await with { desk in
            for number in Int32(1)...4 { try await desk.append(1, number, in: desk.pool) }
            let isRepaired = Mutex(false)
            desk.fails.withLock {
                $0 = { events, _ in
                    if !isRepaired.withLock({ $0 }), events.contains(where: { $0.event.sequence == 2 }) {
                        throw Trouble()
                    }
                }
            }
            let publisher = desk.publisher()
            #expect(await publisher.run() == 3)
            #expect(desk.seen.withLock { $0 } == ["1#1", "1#3", "1#4"])
            #expect(try await desk.waiting() == 0)
            let delivery = OutboxDelivery(pool: desk.pool, subscribers: [desk.subscriber])
            let jobs = JobRunner(
                executor: desk.loop, store: JobStore(postgres: desk.pool),
                handlers: [OutboxDelivery.kind: { try await delivery.deliver($0) }],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(await jobs.run() == 1)
            #expect(try await desk.told() == 3, "it fails still")
            isRepaired.withLock { $0 = true }
            try await desk.pool.execute("update platform.jobs set run_at = now() where state = 'ready'")
            #expect(await jobs.run() == 1)
            #expect(try await desk.told() == 4)
            #expect(desk.seen.withLock { $0.last } == "1#2")
        }
    }

    @Test func clearsAwayWhatWasHandedOnLongAgo() async throws {
        try await with { desk in
            // Of before the cursor, when they were marked one by one; and those that are handed on here.
            try await desk.pool.execute(
                """
                insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload, created_at, xid)
                select 'x.moved', 'x', g, 1, '{}', case when g <= 2500 then now() - interval '8 days' else now() end,
                       case when g = 7 then pg_current_xact_id() end
                  from generate_series(1, 3000) g
                """)
            let reaper = OutboxReaper(pool: desk.pool)
            // What waits is kept, and the first batch that is not old throughout ends the search.
            #expect(try await reaper.reap() == 999)
            #expect(try await desk.waiting() == 1)
            #expect(await desk.publisher().run() == 1)
            #expect(try await reaper.reap() == 1501)
        }
    }
}
