// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
public import MarketHTTP
public import Postgres

/// Gives up all orders of a user that wait for their payment: the account was stopped.
///
/// Each order ends in a transaction of its own, as when its buyer gives it up; done again, it finds none.
///
/// - Isolation: on the inventory's loop.
public struct ReleaseUserOrders: Sendable {
    private let pool: PostgresPool
    private let inventory: InventoryDirectory
    private let news: any ChangeNews
    private let ended: @Sendable ([OrderID]) async -> Void

    /// Puts the parts together.
    ///
    /// - Parameter ended: told which order ended, after its commit.
    public init(
        pool: PostgresPool, inventory: InventoryDirectory, news: any ChangeNews,
        ended: @escaping @Sendable ([OrderID]) async -> Void
    ) {
        self.pool = pool
        self.inventory = inventory
        self.news = news
        self.ended = ended
    }

    /// Ends them; one that was paid meanwhile goes on.
    public func run(of user: UserID) async throws {
        let pool = pool
        let store = OrderStore(postgres: { pool }, writer: { pool })
        while true {
            let orders = try await store.pending(of: user)
            guard !orders.isEmpty else { return }
            for order in orders {
                guard let rows = try await release(order, of: user) else { continue }
                await inventory.adopt(rows)
                await ended([order])
                await news.announce(.stock(rows.map(\.variant)))
            }
        }
    }

    /// The rows of stock that got their units back; nil when it does not wait for its payment any more.
    private func release(_ order: OrderID, of user: UserID) async throws -> [StockRow]? {
        try await pool.withTransaction { transaction in
            let store = OrderStore(postgres: { transaction }, writer: { transaction })
            guard
                case .cancelled(let units) = try await store.callOff(
                    order, of: user, reason: "the account was stopped", requestID: nil)
            else { return nil }
            return try await store.shift(units)
        }
    }
}
