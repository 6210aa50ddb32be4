// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Operations
import Postgres

/// Reads how the shop is: across contexts, for operators alone.
enum OverviewStore {
    /// - Cost: three statements, each led by an index of what is open, or by the newest blocks of orders.
    static func read(in client: some PostgresClient) async throws -> ShopOverview.Shared {
        var overview = try await counts(in: client)
        overview.nodes = try await client.query(
            """
            select w.worker_id, w.lease_until, l.role is not null
              from platform.workers w
              left join platform.leases l
                on l.role = 'upkeep' and l.instance = w.instance and l.lease_until > clock_timestamp()
             where w.lease_until > clock_timestamp() order by w.worker_id
            """
        ).map { row in
            ShopOverview.Node(
                worker: Int(try row.int16(0)), leaseUntil: Timestamp(microseconds: try row.timestamp(1)),
                leads: try row.bool(2))
        }
        overview.invariants = try await client.query(
            "select name, ok, value, since from platform.invariants_state_v5() order by name"
        ).map { row in
            ShopOverview.Invariant(
                name: try row.string(0), holds: try row.bool(1), offenders: try row.int64(2),
                since: try row.timestampOrNil(3).map { Timestamp(microseconds: $0) })
        }
        return overview
    }

    private static func counts(in client: some PostgresClient) async throws -> ShopOverview.Shared {
        let row = try await client.query(
            """
            with age as (select clock_timestamp() as t)
            select (select count(*) from orders.orders where created_at > age.t - interval '1 minute'),
                   (select count(*) from payments.payments where status in ('created', 'initiated')),
                   r.held, coalesce(greatest(floor(extract(epoch from age.t - r.oldest)), 0), 0)::bigint,
                   e.waiting, coalesce(greatest(floor(extract(epoch from age.t - e.oldest)), 0), 0)::bigint,
                   coalesce(greatest(floor(extract(epoch from age.t - platform.outbox_oldest_v1())), 0), 0)::bigint
              from age,
                   (select (select count(*) from inventory.reservations where state = 'held') held,
                           (select created_at from inventory.reservations where state = 'held' order by expires_at limit 1) oldest) r,
                   (select count(*) waiting, min(received_at) oldest from payments.events where state in ('received', 'waiting')) e
            """
        ).only()
        var overview = ShopOverview.Shared()
        overview.ordersOfMinute = try row.int64(0)
        overview.openPayments = try row.int64(1)
        overview.held = try row.int64(2)
        overview.oldestHeldSeconds = try row.int64(3)
        overview.inboxWaiting = try row.int64(4)
        overview.inboxLagSeconds = try row.int64(5)
        overview.outboxLagSeconds = try row.int64(6)
        return overview
    }
}
