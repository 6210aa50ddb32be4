// SPDX-License-Identifier: Apache-2.0
import Actors
import Operations
import Payments
import Postgres
import Prometheus
import UVRuntime

extension OperationsPorts {
    /// What operators see of this shop, asked by the loop of `part`.
    static func ofShop(_ part: Shop.LoopParts, _ core: Shop.OrderCore) -> OperationsPorts {
        let pool = part.pool
        return OperationsPorts(
            heldReservations: { try await HeldReservationStore.page(after: $0, limit: $1, in: pool) },
            overview: {
                ShopOverview(shared: try await OverviewStore.read(in: pool), own: await own(part, core))
            })
    }

    private static func own(_ part: Shop.LoopParts, _ core: Shop.OrderCore) async -> ShopOverview.Own {
        var own = ShopOverview.Own()
        let recent = await core.latencies.recent()
        own.p50 = recent?.quantile(0.5).map(microseconds)
        own.p99 = recent?.quantile(0.99).map(microseconds)
        own.mailboxes = [
            ("cart", await core.carts.depth), ("order", await core.orders.depth),
            ("payment", await core.payments.actor.depth),
        ]
        let pools = [
            ("requests", part.pool), ("orders", part.writer), ("orders aside", part.sideWriter),
            ("payments", part.paymentWriter), ("carts", part.cartWriter),
        ]
        for (name, pool) in pools {
            let counts = await pool.counts
            own.pools.append(
                ShopOverview.Pool(
                    name: name, idle: counts.idle, busy: counts.busy + counts.reading, waiting: counts.waiting))
        }
        return own
    }

    private static func microseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e6).rounded()) }
}
