// SPDX-License-Identifier: Apache-2.0
import Metrics

/// How the actors of this process are divided and bounded, as `ACTORS_*` say: the same while it lives.
///
/// The inventory changes without a mailbox, in one step of its loop, and what waits for keys is not divided by shard: both have shards
/// and no depth in `mve_mailbox_depth`. Carts are written by one mailbox, whatever their shards.
struct ActorGauges: Sendable {
    let shards: [(actor: String, count: Int)]
    /// Those whose messages share transactions.
    let batches: [(actor: String, max: Int)]

    init(_ actors: AppConfiguration.Actors) {
        shards = [
            ("cart", actors.cartShards), ("inventory", actors.inventoryShards),
            ("idempotency", actors.idempotencyShards), ("order", actors.orderShards),
            ("payment", actors.paymentShards),
        ]
        batches = ["cart", "order", "payment"].map { ($0, actors.batchMax) }
    }

    /// Once in a process.
    func record() {
        for (actor, count) in shards {
            Gauge(label: "mve_actor_shards", dimensions: [("actor", actor)]).record(count)
        }
        for (actor, max) in batches {
            Gauge(label: "mve_batch_max", dimensions: [("actor", actor)]).record(max)
        }
    }
}
