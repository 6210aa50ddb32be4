// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
public import MarketHTTP

/// Gives up all orders of a user that wait for their payment: the account was stopped.
///
/// Each order ends in a transaction of its own, as when its buyer gives it up; done again, it finds none.
///
/// - Isolation: on the inventory's loop.
public struct ReleaseUserOrders: Sendable {
    private let store: OrderStore
    private let inventory: InventoryDirectory
    private let news: any ChangeNews
    private let ended: @Sendable ([OrderID]) async -> Void

    /// Puts the parts together.
    ///
    /// - Parameter ended: told which order ended, after its commit.
    public init(
        store: OrderStore, inventory: InventoryDirectory, news: any ChangeNews,
        ended: @escaping @Sendable ([OrderID]) async -> Void
    ) {
        self.store = store
        self.inventory = inventory
        self.news = news
        self.ended = ended
    }

    /// Ends them; one that was paid meanwhile goes on.
    public func run(of user: UserID) async throws {
        while true {
            let orders = try await store.pending(of: user)
            guard !orders.isEmpty else { return }
            for order in orders {
                let result = try await store.cancel(order, of: user, reason: "the account was stopped", requestID: nil)
                guard case .cancelled(let rows) = result else { continue }
                await inventory.adopt(rows)
                await ended([order])
                await news.announce(.stock(rows.map(\.variant)))
            }
        }
    }
}
