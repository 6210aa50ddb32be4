// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

@Suite(.timeLimit(.minutes(2))) struct InvariantStoreTests {
    /// What the gauges record: reservations of unpaid orders, the oldest one's age, and jobs by kind and state.
    @Test func countsWhatIsHeldAndOwed() async throws {
        try await TestDatabase.with { database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql(
                """
                select t.shop(2, 4, 1, 50);
                select t.payable(n, array[100]) from generate_series(1, 3) n;
                update inventory.reservations set created_at = created_at - interval '90 seconds', expires_at = expires_at - interval '90 seconds'
                 where order_id = 2;
                update orders.orders set reserved_until = reserved_until - interval '90 seconds' where id = 2;
                select checkout.cancel_v1('{3}', '{3}', 'user:3', null, null);
                insert into platform.jobs (kind, key, state) values ('a', '1', 'dead'), ('a', '2', 'dead'), ('b', '1', 'done');
                """)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    let store = InvariantStore(client: pool)
                    let reservations = try await store.reservations()
                    #expect(reservations.held == 2)
                    #expect((90..<600).contains(reservations.oldestSeconds))
                    let jobs = try await JobStore(postgres: pool).counts()
                    #expect(jobs.map { "\($0.kind) \($0.state) \($0.count)" } == ["a dead 2"])
                    let invariants = try await store.all()
                    #expect(invariants.count > 20)
                    // Those of every context are among them: `mve check` reads these, `/metrics` those of the steps.
                    let names = invariants.map(\.name)
                    for name in [
                        "payments.disputes_are_held_while_open", "notifications.newest_is_kept",
                        "refunds.each_is_booked_once", "reviews.events_are_gap_free", "ledger.debits_equal_credits",
                        "seller_orders.history_is_a_legal_path",
                    ] {
                        #expect(names.contains(name), "\(name)")
                    }
                    let state = try await store.state().map(\.name)
                    #expect(state == names)
                    let broken = invariants.filter { !$0.holds }.map(\.name)
                    #expect(broken.isEmpty)
                    // What the timers call does not fail either.
                    let gauges = ShopGauges(
                        executor: loop, clock: loop, client: pool, rest: { _ in }, logger: Logger(label: "test"))
                    await gauges.recordCounts()
                    await gauges.checkInvariants()
                    await gauges.recordInvariants()
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
}
