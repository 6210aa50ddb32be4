// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

/// Turns of the invariants' upkeep; what each step finds is tested in `Tests/SQL/invariants.sql`.
@Suite(.timeLimit(.minutes(2))) struct InvariantPassTests {
    /// A second passes between two looks at it.
    private final class SlowClock: LoopClock {
        private let looks = Atomic<UInt64>(0)

        var now: UInt64 { looks.add(1, ordering: .relaxed).oldValue * 1_000_000_000 }

        func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
            preconditionFailure("a turn waits for nothing but the database")
        }
    }

    /// Twelve orders, the fifth of which has another total than its parts.
    private static let shop = """
        select t.shop(2, 4, 1, 50);
        select t.payable(n, array[100]) from generate_series(1, 12) n;
        update orders.orders set total_minor = total_minor + 1 where id = 5;
        """

    private static func with(
        _ body: @escaping @Sendable (InvariantStore, EventLoop) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql(shop)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    do {
                        try await body(InvariantStore(client: pool), loop)
                    } catch {
                        await pool.close()
                        throw error
                    }
                    await pool.close()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }

    private static func broken(_ store: InvariantStore) async throws -> [String] {
        try await store.state().filter { !$0.holds }.map { "\($0.name) \($0.offenders)" }
    }

    private static let found = ["orders.total_is_sum_of_seller_orders 1"]

    @Test func aSmallShopIsSeenWhollyInOneTurn() async throws {
        try await Self.with { store, loop in
            let before = try await Self.broken(store)
            #expect(before == [])
            let count = try await InvariantPass(store: store, clock: loop, turn: 3) { _ in }.run()
            // Each area once; stock in its three phases.
            #expect(count.steps == InvariantPass.windows.count + InvariantPass.slices.count + 2)
            let after = try await Self.broken(store)
            #expect(after == Self.found)
            let whole = try await store.all().filter { !$0.holds }.map(\.name)
            #expect(whole == ["orders.total_is_sum_of_seller_orders"])
        }
    }

    @Test func aTurnEndsWithItsTimeAndTheNextGoesOn() async throws {
        try await Self.with { store, _ in
            for turn in 1...19 {
                let count = try await InvariantPass(store: store, clock: SlowClock(), turn: turn) { _ in }.run()
                // A second for each window: so much is new that one is left for the slices.
                #expect(count.steps == 3)
                let broken = try await Self.broken(store)
                // The slice of the orders is the first of nineteen.
                #expect(broken == (turn < 19 ? [] : Self.found))
            }
        }
    }

    @Test func itRestsAfterEachStepAndEndsWithItsLoop() async throws {
        try await Self.with { store, _ in
            let rests = Mutex<[Duration]>([])
            let count = try await InvariantPass(store: store, clock: SlowClock(), turn: 1) { rest in
                rests.withLock { $0.append(rest) }
            }.run()
            #expect(rests.withLock { $0 } == Array(repeating: InvariantPass.restMax, count: count.steps))
            let ended = try await InvariantPass(store: store, clock: SlowClock(), turn: 1) { _ in
                throw CancellationError()
            }.run()
            // One of either kind.
            #expect(ended.steps == 2)
        }
    }

    @Test(
        "how many rows the next step has",
        arguments: [
            (2000, 60, 2000), (2000, 61, 1000), (1000, 61, 500), (300, 61, 250), (250, 900, 250), (250, 15, 250),
            (250, 14, 500), (2000, 1, 2000), (1500, 1, 2000),
        ])
    func pace(rows: Int, milliseconds: Int, next: Int) {
        #expect(InvariantPass.next(rows, after: .milliseconds(milliseconds)) == next)
    }

    @Test func theAreasAreThoseOfTheDatabase() async throws {
        try await Self.with { store, _ in
            let rows = try await store.client.query("select area from platform.invariant_progress order by area")
            let areas = try rows.map { try $0.string(0) }
            #expect(areas == (InvariantPass.windows + InvariantPass.slices).sorted())
        }
    }
}
