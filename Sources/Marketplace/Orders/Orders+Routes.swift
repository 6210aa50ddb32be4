// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore
public import MarketHTTP

/// What the orders need from other contexts.
public struct OrderPorts: Sendable {
    /// The offers of variants that exist, a few seconds old at most; the database judges them anew.
    public let offers: @Sendable ([VariantID]) async throws -> [VariantID: Offer]
    /// These offers turned out to be old.
    public let invalidateOffers: @Sendable ([VariantID]) async -> Void
    /// Sellers' names as buyers see them.
    public let sellerNames: @Sendable ([SellerID]) async throws -> [SellerID: String]

    /// Binds the ports.
    public init(
        offers: @escaping @Sendable ([VariantID]) async throws -> [VariantID: Offer],
        invalidateOffers: @escaping @Sendable ([VariantID]) async -> Void,
        sellerNames: @escaping @Sendable ([SellerID]) async throws -> [SellerID: String]
    ) {
        self.offers = offers
        self.invalidateOffers = invalidateOffers
        self.sellerNames = sellerNames
    }
}

/// What the orders' endpoints are made of.
public struct OrdersDependencies: Sendable {
    let gate: Gate
    let calls: IdempotentCalls
    let carts: CartDirectory
    let orders: OrderActor
    let store: OrderStore
    let ports: OrderPorts
    let ids: IDGenerator
    let clock: any WallClock
    let monotonic: @Sendable () -> UInt64
    let reservationTTL: Duration

    /// Hands everything in.
    public init(
        gate: Gate, calls: IdempotentCalls, carts: CartDirectory, orders: OrderActor, store: OrderStore,
        ports: OrderPorts, ids: IDGenerator, clock: any WallClock, monotonic: @escaping @Sendable () -> UInt64,
        reservationTTL: Duration
    ) {
        self.gate = gate
        self.calls = calls
        self.carts = carts
        self.orders = orders
        self.store = store
        self.ports = ports
        self.ids = ids
        self.clock = clock
        self.monotonic = monotonic
        self.reservationTTL = reservationTTL
    }
}

/// The endpoints of orders, for customers.
public func orderRoutes(_ dependencies: OrdersDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(.post, "/api/orders/create/", name: "orders.create", role: .customer, idempotency: .accepted) {
            try await CreateOrder(dependencies: dependencies).handle($0, $1)
        },
        gate.route(.get, "/api/orders/detail/", name: "orders.detail", role: .customer, query: ["id", "number"]) {
            try await ReadOrders(dependencies: dependencies).detail($0, $1)
        },
        gate.route(.get, "/api/orders/status/", name: "orders.status", role: .customer, query: ["id"]) {
            try await ReadOrders(dependencies: dependencies).status($0, $1)
        },
    ]
}
