// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore
public import MarketHTTP

/// What the carts need from other contexts.
public struct CartPorts: Sendable {
    /// The offers of variants that exist, a few seconds old at most, at the prices of a company where one is named.
    public let offers: @Sendable ([VariantID], CompanyID?) async throws -> [VariantID: Offer]
    /// Whether a user may buy for a company, as committed now.
    public let mayBuy: @Sendable (UserID, CompanyID) async throws -> Bool

    /// The two letters of the state that an address in a user's book is in; nil for somebody else's or none.
    public let addressState: @Sendable (AddressID, UserID) async throws -> String?

    /// The lines of an order of a user; nil for somebody else's or none.
    public let orderLines: @Sendable (OrderID, UserID) async throws -> [ReorderedLine]?

    /// Binds the ports.
    public init(
        offers: @escaping @Sendable ([VariantID], CompanyID?) async throws -> [VariantID: Offer],
        mayBuy: @escaping @Sendable (UserID, CompanyID) async throws -> Bool,
        addressState: @escaping @Sendable (AddressID, UserID) async throws -> String?,
        orderLines: @escaping @Sendable (OrderID, UserID) async throws -> [ReorderedLine]?
    ) {
        self.offers = offers
        self.mayBuy = mayBuy
        self.addressState = addressState
        self.orderLines = orderLines
    }
}

/// What the carts' endpoints are made of.
public struct CartsDependencies: Sendable {
    let gate: Gate
    let clients: ClientTokens
    let principals: Principals
    let calls: IdempotentCalls
    let carts: CartDirectory
    let ports: CartPorts
    let ids: IDGenerator
    let clock: any WallClock
    let monotonic: @Sendable () -> UInt64

    /// Hands everything in.
    public init(
        gate: Gate, clients: ClientTokens, principals: Principals, calls: IdempotentCalls, carts: CartDirectory,
        ports: CartPorts, ids: IDGenerator, clock: any WallClock, monotonic: @escaping @Sendable () -> UInt64
    ) {
        self.gate = gate
        self.clients = clients
        self.principals = principals
        self.calls = calls
        self.carts = carts
        self.ports = ports
        self.ids = ids
        self.clock = clock
        self.monotonic = monotonic
    }
}

/// The endpoints of the cart: the caller's own, who is a customer, or an anonymous one by `X-Cart-Token`.
public func cartRoutes(_ dependencies: CartsDependencies) -> [Route] {
    let gate = dependencies.gate
    let endpoint = CartEndpoint(dependencies: dependencies)
    return [
        gate.openRoute(.post, "/api/cart/add/", name: "cart.add", role: .customer, idempotency: .accepted) {
            try await AddToCart(endpoint: endpoint).handle($0, $1)
        }.described(as: AddToCart.description),
        gate.openRoute(.post, "/api/cart/remove/", name: "cart.remove", role: .customer, idempotency: .accepted) {
            try await RemoveFromCart(endpoint: endpoint).handle($0, $1)
        }.described(as: RemoveFromCart.description),
        gate.openRoute(.post, "/api/cart/update/", name: "cart.update", role: .customer, idempotency: .accepted) {
            try await UpdateCart(endpoint: endpoint).handle($0, $1)
        }.described(as: UpdateCart.description),
        gate.openRoute(.get, "/api/cart/get/", name: "cart.get", role: .customer, query: ["refresh"]) {
            try await GetCart(endpoint: endpoint).handle($0, $1)
        }.described(as: GetCart.description),
        gate.openRoute(.post, "/api/cart/clear/", name: "cart.clear", role: .customer, idempotency: .accepted) {
            try await ClearCart(endpoint: endpoint).handle($0, $1)
        }.described(as: ClearCart.description),
        gate.route(.post, "/api/orders/reorder/", name: "orders.reorder", role: .customer, idempotency: .accepted) {
            try await Reorder(endpoint: endpoint).handle($0, $1)
        }.described(as: Reorder.description),
    ]
}
