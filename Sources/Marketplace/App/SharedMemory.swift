// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Ledger
import MarketCore
import MarketHTTP
import Notifications
import UVRuntime

/// What a process remembers of rows that other processes change, and how it is told to look again.
///
/// - Isolation: called on the first loop, where the inventory and the carts live.
struct SharedMemory: Sendable {
    /// What each loop remembers for itself.
    struct OfLoop: Sendable {
        let loop: EventLoop
        let offers: OfferCache
        let catalog: CatalogMemory
        let states: UserStates
        let commissions: CommissionMemory
        let notices: NoticeStreams
    }

    let inventory: InventoryDirectory
    let carts: CartDirectory
    let loops: [OfLoop]

    /// News are not heard any more: what rests on them alone is given up until they are. The rest grows old or is judged.
    func lost() {
        for memory in loops {
            memory.states.forgetAll()
            let catalog = memory.catalog
            memory.loop.spawn { await catalog.distrust() }
        }
    }

    /// What was committed so long ago, and is told of with its commit, has been heard.
    func heard(_ ago: Duration) {
        for memory in loops { memory.states.heard(ago) }
    }

    /// Another process changed these rows.
    func changed(_ change: SharedChange) {
        switch change {
        case .stock(let variants), .offers(let variants):
            inventory.assumeIsolated { inventory in
                if let variants { inventory.markStale(variants) } else { inventory.markAllStale() }
            }
        case .sold, .products, .ratings, .sellers, .users, .commissions, .notifications, .carts: break
        }
        forget(change)
    }

    /// This process changed these rows; whoever did has told the inventory of stock.
    func changedHere(_ change: SharedChange) {
        if case .offers = change { return changed(change) }
        forget(change)
    }

    private func forget(_ change: SharedChange) {
        if case .users(let users) = change {
            for memory in loops {
                if let users { users.forEach(memory.states.forget) } else { memory.states.forgetAll() }
                let notices = memory.notices
                memory.loop.spawn { await notices.review(users) }
            }
            return
        }
        if case .notifications(let users) = change {
            for memory in loops {
                let notices = memory.notices
                memory.loop.spawn { await notices.changed(users) }
            }
            return
        }
        if case .carts(let changed) = change {
            let carts = carts
            loops.first?.loop.spawn {
                if let changed { await carts.renew(changed) } else { await carts.forgetAll() }
            }
            return
        }
        if case .commissions = change { return forgetCommissions() }
        for memory in loops {
            let catalog = memory.catalog
            memory.loop.spawn { await catalog.forget(change) }
        }
        switch change {
        case .offers(let variants):
            forEachOffers { offers in
                if let variants { await offers.invalidate(variants) } else { await offers.invalidateAll() }
            }
        // Titles, pictures and sellability are among what carts price by.
        case .products(let products):
            forEachOffers { offers in
                if let products { await offers.invalidate(of: products) } else { await offers.invalidateAll() }
            }
        case .stock, .sold, .ratings, .sellers, .users, .commissions, .notifications, .carts: break
        }
    }

    private func forgetCommissions() {
        for memory in loops {
            let commissions = memory.commissions
            memory.loop.spawn { await commissions.forget() }
        }
    }

    private func forEachOffers(_ body: @escaping @Sendable (OfferCache) async -> Void) {
        for memory in loops {
            let offers = memory.offers
            memory.loop.spawn { await body(offers) }
        }
    }

    /// News may have been missed: nothing that is remembered is trusted any more. A blocked user stops at once.
    func missed() {
        forgetCommissions()
        inventory.assumeIsolated { $0.markAllStale() }
        for memory in loops {
            memory.states.forgetAll()
            let offers = memory.offers
            let catalog = memory.catalog
            let notices = memory.notices
            memory.loop.spawn {
                await offers.invalidateAll()
                await catalog.trust()
                await notices.changed(nil)
                await notices.review(nil)
            }
        }
        let carts = carts
        loops.first?.loop.spawn { await carts.forgetAll() }
    }
}
