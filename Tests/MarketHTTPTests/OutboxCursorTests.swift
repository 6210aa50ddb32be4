// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import MarketHTTP

/// What was handed on is what a snapshot sees (adr 0017): nothing is lost, and each object's events stay in their order.
@Suite(.timeLimit(.minutes(2))) struct OutboxCursorTests {
    private struct Crash: Error {}

    /// A transaction hangs while others begin, commit and are handed on, tick after tick.
    @Test func nobodyWaitsForATransactionThatHangs() async throws {
        try await OutboxDesk.with { desk in
            let publisher = desk.publisher()
            try await desk.pool.withTransaction { open in
                try await desk.append(9, 1, in: open)
                for number in Int32(1)...3 {
                    try await desk.append(1, number, in: desk.pool)
                    #expect(await publisher.run() == 1)
                }
                // Its number stands in the list of what was under way.
                let listed = try await open.query(
                    """
                    select pg_current_xact_id() in (select pg_snapshot_xip(done)) and pg_snapshot_xmax(done) > pg_current_xact_id()
                      from platform.outbox_cursor_v1()
                    """)
                #expect(try listed.only().bool(0))
                try await desk.append(9, 2, in: open)
                #expect(try await desk.waiting() == 0)
            }
            #expect(try await desk.waiting() == 2)
            #expect(await publisher.run() == 2)
            try await desk.append(1, 4, in: desk.pool)
            #expect(await publisher.run() == 1)
            #expect(desk.seen.withLock { $0 } == ["1#1", "1#2", "1#3", "9#1", "9#2", "1#4"])
            #expect(await publisher.run() == 0)
        }
    }

    /// The later event of an object may come of the transaction that began first: it waited for the object's row.
    @Test(arguments: [200, 1]) func anObjectsEventsKeepTheirOrderWhoeverBeganFirst(_ limit: Int) async throws {
        try await OutboxDesk.with { desk in
            let pool = desk.pool
            try await pool.execute("insert into platform.jobs (kind, key) values ('object', '1'), ('object', '2')")
            func holding(_ object: Int64, _ sequence: Int32, in transaction: PostgresTransaction) async throws {
                try await transaction.execute(
                    "select 1 from platform.jobs where kind = 'object' and key = $1 for no key update", "\(object)")
                try await desk.append(object, sequence, in: transaction)
            }
            let handedOn = Mutex<[String]>([])
            try await pool.withTransaction { first in
                _ = try await first.query("select pg_current_xact_id()")
                try await pool.withTransaction { try await holding(1, 1, in: $0) }
                // One object's first event is handed on alone, the other's with its second.
                handedOn.withLock { $0 = [] }
                let page = try await desk.page(limit)
                handedOn.withLock { $0 += page }
                try await pool.withTransaction { try await holding(2, 1, in: $0) }
                try await holding(1, 2, in: first)
                try await holding(2, 2, in: first)
            }
            while case let page = try await desk.page(limit), !page.isEmpty { handedOn.withLock { $0 += page } }
            #expect(handedOn.withLock { $0 } == ["1#1", "2#1", "1#2", "2#2"])
        }
    }

    @Test func aLargeTickIsHandedOnInPages() async throws {
        try await OutboxDesk.with { desk in
            try await desk.pool.withTransaction { open in
                for number in Int32(1)...3 { try await desk.append(9, number, in: open) }
                try await desk.append(1, 1, in: desk.pool)
                #expect(try await desk.page(200) == ["1#1"])
                for number in Int32(2)...6 { try await desk.append(1, number, in: desk.pool) }
            }
            // Both halves of the tick, by number: what ended late, and what came since.
            #expect(try await desk.page(2) == ["9#1", "9#2"])
            #expect(try await desk.waiting() == 6)
            try await desk.append(2, 1, in: desk.pool)
            #expect(try await desk.page(2) == ["9#3", "1#2"])
            // Somebody removes what comes next, and then all that is left of it.
            try await desk.pool.execute("delete from platform.outbox where aggregate_id = 1 and seq = 3")
            #expect(try await desk.page(1) == ["1#4"])
            try await desk.pool.execute("delete from platform.outbox where aggregate_id = 1 and seq > 4")
            #expect(try await desk.waiting() == 1)
            #expect(try await desk.page(200) == ["2#1"])
            #expect(try await desk.page(200) == [])
            #expect(try await desk.waiting() == 0)
        }
    }

    /// Events of two that are under way lie between those of a tick, and are committed between its pages.
    @Test func whatIsCommittedBetweenPagesBelongsToTheNextTick() async throws {
        try await OutboxDesk.with { desk in
            try await desk.pool.withTransaction { old in
                try await desk.append(8, 1, in: old)
                try await desk.append(1, 1, in: desk.pool)
                #expect(try await desk.page(200) == ["1#1"])
                try await desk.pool.withTransaction { new in
                    for number in Int32(2)...3 { try await desk.append(1, number, in: desk.pool) }
                    try await desk.append(8, 2, in: old)
                    try await desk.append(9, 1, in: new)
                    try await desk.append(1, 4, in: desk.pool)
                    #expect(try await desk.page(2) == ["1#2", "1#3"])
                }
            }
            #expect(try await desk.page(200) == ["1#4"])
            #expect(try await desk.page(200) == ["8#1", "8#2", "9#1"])
            #expect(try await desk.page(200) == [])
        }
    }

    /// Who is in the middle of a tick asks again at its end: others have come meanwhile.
    @Test func aRunGoesOnWithWhatCameDuringIt() async throws {
        try await OutboxDesk.with { desk in
            for number in Int32(1)...201 { try await desk.append(1, number, in: desk.pool) }
            desk.fails.withLock {
                $0 = { events, _ in
                    if events.last?.event.sequence == 200 { try await desk.append(2, 1, in: desk.pool) }
                }
            }
            #expect(await desk.publisher().run() == 202)
            #expect(desk.seen.withLock { $0 } == (1...201).map { "1#\($0)" } + ["2#1"])
        }
    }

    @Test func whatIsNotCommittedIsHandedOnAgain() async throws {
        try await OutboxDesk.with { desk in
            for number in Int32(1)...3 { try await desk.append(1, number, in: desk.pool) }
            for limit in [2, 200] {
                await #expect(throws: Crash.self) {
                    try await desk.pool.withTransaction { transaction in
                        let batch = try #require(try await OutboxStore.take(limit, in: transaction))
                        try await OutboxStore.markPublished(batch, in: transaction)
                        throw Crash()
                    }
                }
                #expect(try await desk.waiting() == 3)
            }
            #expect(try await desk.page(2) == ["1#1", "1#2"])
            // Committed, and not marked.
            try await desk.pool.withTransaction { _ = try await OutboxStore.take(200, in: $0) }
            #expect(try await desk.page(200) == ["1#3"])
        }
    }

    /// A transaction's own number is in no list of its snapshot.
    @Test func whatASubscriberWritesIsHandedOnLater() async throws {
        try await OutboxDesk.with { desk in
            try await desk.append(1, 1, in: desk.pool)
            desk.fails.withLock {
                $0 = { events, transaction in
                    guard events.contains(where: { $0.event.aggregateID == 1 }) else { return }
                    try await desk.append(2, 1, in: transaction)
                    // Later numbers are given out and end before this one does.
                    try await desk.append(3, 1, in: desk.pool)
                }
            }
            let publisher = desk.publisher()
            #expect(await publisher.run() == 1)
            #expect(await publisher.run() == 2)
            #expect(await publisher.run() == 0)
            #expect(desk.seen.withLock { $0 } == ["1#1", "2#1", "3#1"])
        }
    }

    @Test func whoHasWrittenBeforeTakesNothing() async throws {
        try await OutboxDesk.with { desk in
            let refused = await #expect(throws: PostgresError.self) {
                try await desk.pool.withTransaction { transaction in
                    try await desk.append(1, 1, in: transaction)
                    _ = try await OutboxStore.take(200, in: transaction)
                }
            }
            #expect(refused?.sqlstate == "25001")
        }
    }

    @Test func aCursorThatMovedIsNotMovedByAnother() async throws {
        try await OutboxDesk.with { desk in
            for number in Int32(1)...2 { try await desk.append(1, number, in: desk.pool) }
            let stale = try await desk.pool.withTransaction { try await OutboxStore.take(1, in: $0) }
            let mark = try #require(stale)
            try await desk.pool.withTransaction { first in
                _ = try await OutboxStore.take(1, in: first)
                // Another one finds the outbox taken.
                #expect(try await desk.page(200) == [])
                try await OutboxStore.markPublished(mark, in: first)
            }
            let refused = await #expect(throws: PostgresError.self) {
                try await desk.pool.withTransaction { try await OutboxStore.markPublished(mark, in: $0) }
            }
            #expect(refused?.errorClass == .serialization)
            #expect(try await desk.page(200) == ["1#2"])
        }
    }

    /// The beginning of a tick of very many is read whole: where the time was not enough, the next one has more.
    @Test func whatTookTooLongIsGivenMoreTime() async throws {
        try await OutboxDesk.with { desk in
            for number in Int32(1)...2 { try await desk.append(1, number, in: desk.pool) }
            let times = Mutex<[String]>([])
            desk.fails.withLock {
                $0 = { _, transaction in
                    let isFirst = times.withLock { $0.isEmpty }
                    let time = try await transaction.query("select current_setting('statement_timeout')").only()
                        .string(0)
                    times.withLock { $0.append(time) }
                    if isFirst {
                        _ = try await transaction.query("select pg_sleep(60) from pg_cancel_backend(pg_backend_pid())")
                    }
                }
            }
            let publisher = desk.publisher()
            #expect(await publisher.run() == 0)
            #expect(await publisher.run() == 2)
            try await desk.append(1, 3, in: desk.pool)
            #expect(await publisher.run() == 1)
            #expect(times.withLock { $0 } == ["10s", "10min", "10s"])
        }
    }

    /// Numbers of an old cluster, below and above those that the new one gives: of seven events the first, second and fourth were handed
    /// on, a page into a tick of the second to fifth; the third had not been seen and the seventh was written here.
    @Test(arguments: [1, 50_000_000_000] as [Int64])
    func aRestoredDatabaseLosesNothingAndRepeatsNothing(_ base: Int64) async throws {
        try await OutboxDesk.with { desk in
            for number in Int32(1)...7 { try await desk.append(1, number, in: desk.pool) }
            try await desk.pool.execute(
                "update platform.outbox set xid = ($1::bigint + id)::text::xid8 where id < 7", base)
            try await desk.pool.execute(
                """
                update platform.outbox_cursor
                   set done = format('%s:%s:', $1::bigint + 2, $1::bigint + 2)::pg_snapshot,
                       reading = format('%s:%s:%s', $1::bigint + 3, $1::bigint + 6, $1::bigint + 3)::pg_snapshot,
                       since = 2, upto = 5, position = 4, last_id = 4, system = 1
                """, base)
            #expect(try await desk.waiting() == 4)
            let publisher = desk.publisher()
            // Somebody writes all the time; what is under way while the cursor is made anew is found later.
            try await desk.pool.withTransaction { open in
                try await desk.append(2, 1, in: open)
                #expect(await publisher.run() == 4)
                #expect(desk.seen.withLock { $0 } == ["1#3", "1#5", "1#6", "1#7"])
            }
            #expect(await publisher.run() == 1)
            #expect(desk.seen.withLock { $0.last } == "2#1")
            #expect(try await desk.waiting() == 0)
            #expect(await publisher.run() == 0)
        }
    }

    /// Whoever makes the cursor anew has a number, too, below those of others that have ended meanwhile.
    @Test func aCursorIsMadeAnewBesideOthers() async throws {
        try await OutboxDesk.with { desk in
            try await desk.append(1, 1, in: desk.pool)
            try await desk.pool.execute("update platform.outbox_cursor set system = 1")
            try await desk.pool.withTransaction { transaction in
                _ = try await transaction.query("select pg_current_xact_id()")
                try await desk.append(1, 2, in: desk.pool)
                #expect(try await OutboxStore.rebase(10, in: transaction) == true)
                // While one is at it no other begins.
                let other = try await desk.pool.withTransaction { try await OutboxStore.rebase(10, in: $0) }
                #expect(other == nil)
                try await desk.append(1, 3, in: desk.pool)
            }
            #expect(try await desk.page(200) == ["1#1", "1#2", "1#3"])
            #expect(try await desk.page(200) == [])
        }
    }
}
