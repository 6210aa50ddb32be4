// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import MarketCore
import MarketHTTP
import UVRuntime

/// What a process remembers of rows that other processes change, and how it is told to look again.
///
/// - Isolation: called on the first loop, where the inventory and the carts live.
struct SharedMemory: Sendable {
    /// What each loop remembers for itself.
    struct OfLoop: Sendable {
        let loop: EventLoop
        let offers: OfferCache
        let states: UserStates
    }

    let inventory: InventoryDirectory
    let carts: CartDirectory
    let loops: [OfLoop]

    /// Another process changed these variants; nil: any of them.
    func changed(_ change: SharedChange, _ variants: [VariantID]?) {
        inventory.assumeIsolated { inventory in
            if let variants { inventory.markStale(variants) } else { inventory.markAllStale() }
        }
        guard change == .offers else { return }
        for memory in loops {
            let offers = memory.offers
            memory.loop.spawn {
                if let variants { await offers.invalidate(variants) } else { await offers.invalidateAll() }
            }
        }
    }

    /// News may have been missed: nothing that is remembered is trusted any more. A blocked user stops at once.
    func missed() {
        inventory.assumeIsolated { $0.markAllStale() }
        for memory in loops {
            memory.states.forgetAll()
            let offers = memory.offers
            memory.loop.spawn { await offers.invalidateAll() }
        }
        let carts = carts
        loops.first?.loop.spawn { await carts.forgetAll() }
    }
}
