// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Prometheus
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp
@testable import Operations

@Suite(.timeLimit(.minutes(2))) struct OverviewStoreTests {
    /// Two orders wait for their payment, one of them an old one; a third is paid. An event of the provider waits, and one of ours.
    private static let facts = """
        select t.shop(1, 1, 1, 50);
        select t.payable(1, '{100}'); select t.payable(2, '{100}'); select t.bought(3, '{100}');
        update orders.orders set created_at = now() - interval '2 minutes', reserved_until = reserved_until - interval '2 minutes'
         where id = 1;
        update inventory.reservations set created_at = created_at - interval '2 minutes', expires_at = expires_at - interval '2 minutes'
         where order_id = 1;
        update platform.outbox set xid = null;
        insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload, created_at)
        values ('thing.done', 'thing', 5, 1, '{}', now() - interval '30 seconds');
        select platform.lease_worker_v1('00000000-0000-4000-8000-000000000001', 60);
        select platform.lease_worker_v1('00000000-0000-4000-8000-000000000002', 60);
        select platform.lead_v1('upkeep', '00000000-0000-4000-8000-000000000002', 60);
        """

    @Test func readsWhatAllProcessesDo() async throws {
        try await SeedFixture.withPool { pool, database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql(Self.facts)
            try await pool.loop.run {
                let overview = try await OverviewStore.read(in: pool)
                #expect(overview.ordersOfMinute == 2)
                #expect(overview.openPayments == 2)
                #expect(overview.held == 2 && overview.oldestHeldSeconds >= 120)
                #expect(overview.inboxWaiting == 0 && overview.inboxLagSeconds == 0)
                #expect(overview.outboxLagSeconds >= 30)
                #expect(overview.nodes.map(\.leads).filter { $0 }.count == 1 && overview.nodes.count == 2)
                #expect(overview.invariants.allSatisfy { $0.holds })
                let shown = try await InvariantStore(client: pool).state()
                #expect(overview.invariants.map(\.name).sorted() == shown.map(\.name).sorted() && shown.count > 10)
                _ = try await pool.query(
                    """
                    insert into payments.events (provider, event_id, event_type, state, body_hash, body, received_at)
                    values ('razorpay', 'evt_1', 'payment.captured', 'waiting', sha256('b'), 'b', now() - interval '9 seconds')
                    """)
                let later = try await OverviewStore.read(in: pool)
                #expect(later.inboxWaiting == 1 && later.inboxLagSeconds >= 9)
            }
        }
    }

    @Test func anEmptyShopIsNoTrouble() async throws {
        try await SeedFixture.withPool { pool, _ in
            try await pool.loop.run {
                let overview = try await OverviewStore.read(in: pool)
                #expect(overview.ordersOfMinute == 0 && overview.held == 0 && overview.oldestHeldSeconds == 0)
                #expect(overview.outboxLagSeconds == 0 && overview.nodes.isEmpty)
            }
        }
    }

    private final class Count: Sendable {
        let value = Atomic<Int64>(0)
    }

    /// The histogram holds all requests since the start; those of the last minute are told.
    @Test func latenciesAreThoseOfTheLastMinute() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let count = Count()
        try await loop.run {
            let window = LatencyWindow(executor: loop) {
                let all = count.value.load(ordering: .relaxed)
                return all == 0 ? nil : HistogramReading(bounds: [1, 2], counts: [all, 0, 0])
            }
            #expect(await window.recent() == nil)
            for seen in 1...6 {
                count.value.store(Int64(seen * seen), ordering: .relaxed)
                await window.remember()
            }
            count.value.store(50, ordering: .relaxed)
            // Four moments are remembered; the oldest is that of 9 requests.
            #expect(await window.recent()?.counts == [41, 0, 0])
        }
        await group.shutdown()
    }
}
