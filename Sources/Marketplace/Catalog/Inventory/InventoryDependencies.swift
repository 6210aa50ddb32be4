// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of sellers' stock are made of.
public struct InventoryDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let desk: SellerDesk
    let cursors: CursorCodec
    let ids: IDGenerator
    let inventory: InventoryDirectory
    /// Called after the commit with the variants whose units changed; must not fail.
    let changed: @Sendable ([VariantID]) async -> Void

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, desk: SellerDesk, cursors: CursorCodec,
        ids: IDGenerator, inventory: InventoryDirectory, changed: @escaping @Sendable ([VariantID]) async -> Void
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.desk = desk
        self.cursors = cursors
        self.ids = ids
        self.inventory = inventory
        self.changed = changed
    }
}

/// The endpoints of a seller's stock.
public func inventoryRoutes(_ dependencies: InventoryDependencies) -> [Route] {
    let gate = dependencies.gate
    let adjust = AdjustStock(dependencies: dependencies)
    let list = ListStock(dependencies: dependencies, path: "/api/inventory/list/", isAlwaysLow: false)
    let low = ListStock(dependencies: dependencies, path: "/api/sellers/low-stock/", isAlwaysLow: true)
    let movements = ListMovements(dependencies: dependencies)
    return [
        gate.route(
            .post, "/api/inventory/adjust/", name: "inventory.adjust", role: .seller, idempotency: .accepted
        ) {
            try await adjust.handle($0, $1)
        }.described(as: AdjustStock.description),
        gate.route(.get, list.path, name: "inventory.list", role: .seller, query: Pages.parametersAndSort + ["low"]) {
            try await list.handle($0, $1)
        }.described(as: ListStock.description),
        gate.route(.get, low.path, name: "sellers.low-stock", role: .seller, query: Pages.parametersAndSort) {
            try await low.handle($0, $1)
        }.described(as: ListStock.lowDescription),
        gate.route(
            .get, ListMovements.path, name: "inventory.movements", role: .seller,
            query: Pages.parametersAndSort + ["variant_id"]
        ) {
            try await movements.handle($0, $1)
        }.described(as: ListMovements.description),
    ]
}
