// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of price lists are made of.
public struct PriceListDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let desk: SellerDesk
    let cursors: CursorCodec
    let ids: IDGenerator
    /// Called after the commit with the variants whose offers were raised; must not fail.
    let changed: @Sendable ([VariantID]) async -> Void

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, desk: SellerDesk, cursors: CursorCodec,
        ids: IDGenerator, changed: @escaping @Sendable ([VariantID]) async -> Void
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.desk = desk
        self.cursors = cursors
        self.ids = ids
        self.changed = changed
    }
}

/// The endpoints of a seller's price lists.
public func priceListRoutes(_ dependencies: PriceListDependencies) -> [Route] {
    let gate = dependencies.gate
    let list = ListPriceLists(dependencies: dependencies)
    let read = ReadPriceList(dependencies: dependencies)
    let save = SavePriceList(dependencies: dependencies)
    let assign = AssignPriceList(dependencies: dependencies)
    return [
        gate.route(
            .get, ListPriceLists.path, name: "sellers.price-lists", role: .seller, query: Pages.parametersAndSort
        ) {
            try await list.handle($0, $1)
        }.described(as: ListPriceLists.description),
        gate.route(
            .get, "/api/sellers/price-lists/detail/", name: "sellers.price-lists.detail", role: .seller, query: ["id"]
        ) {
            try await read.handle($0, $1)
        }.described(as: ReadPriceList.description),
        gate.route(
            .post, "/api/sellers/price-lists/create/", name: "sellers.price-lists.create", role: .seller,
            idempotency: .accepted
        ) {
            try await save.create($0, $1)
        }.described(as: SavePriceList.creation),
        gate.route(
            .put, "/api/sellers/price-lists/update/", name: "sellers.price-lists.update", role: .seller,
            idempotency: .accepted
        ) {
            try await save.update($0, $1)
        }.described(as: SavePriceList.change),
        gate.route(
            .post, "/api/sellers/price-lists/assign/", name: "sellers.price-lists.assign", role: .seller,
            idempotency: .accepted
        ) {
            try await assign.handle($0, $1)
        }.described(as: AssignPriceList.description),
    ]
}
