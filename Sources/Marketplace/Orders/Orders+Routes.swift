// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore
public import MarketHTTP

/// What the orders' endpoints are made of.
public struct OrdersDependencies: Sendable {
    let gate: Gate
    let calls: IdempotentCalls
    let transactions: KeyedTransactions
    let carts: CartDirectory
    let orders: OrderActor
    let inventory: InventoryDirectory
    let store: OrderStore
    let ports: OrderPorts
    let ids: IDGenerator
    let clock: any WallClock
    let monotonic: @Sendable () -> UInt64
    let reservationTTL: Duration
    /// Of goods that state no return window.
    let returnWindowDays: Int
    let cash: CashOnDelivery
    let cursors: CursorCodec
    let watch: OrderWatch
    let news: any ChangeNews

    /// Hands everything in.
    public init(
        gate: Gate, calls: IdempotentCalls, transactions: KeyedTransactions, carts: CartDirectory, orders: OrderActor,
        inventory: InventoryDirectory, store: OrderStore, ports: OrderPorts, ids: IDGenerator, clock: any WallClock,
        monotonic: @escaping @Sendable () -> UInt64, reservationTTL: Duration, returnWindowDays: Int,
        cash: CashOnDelivery,
        cursors: CursorCodec, watch: OrderWatch, news: any ChangeNews
    ) {
        self.gate = gate
        self.calls = calls
        self.transactions = transactions
        self.carts = carts
        self.orders = orders
        self.inventory = inventory
        self.store = store
        self.ports = ports
        self.ids = ids
        self.clock = clock
        self.monotonic = monotonic
        self.reservationTTL = reservationTTL
        self.returnWindowDays = returnWindowDays
        self.cash = cash
        self.cursors = cursors
        self.watch = watch
        self.news = news
    }
}

/// The endpoints of orders: customers', sellers' and admins'.
public func orderRoutes(_ dependencies: OrdersDependencies) -> [Route] {
    customerRoutes(dependencies) + sellerOrderRoutes(dependencies) + adminRoutes(dependencies)
}

private func customerRoutes(_ dependencies: OrdersDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(.post, "/api/orders/create/", name: "orders.create", role: .customer, idempotency: .accepted) {
            try await CreateOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: CreateOrder.description),
        gate.route(.post, "/api/orders/release/", name: "orders.release", role: .customer, idempotency: .accepted) {
            try await ReleaseOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: ReleaseOrder.description),
        gate.route(.get, ListOrders.path, name: "orders.list", role: .customer, query: ListOrders.parameters) {
            try await ListOrders(dependencies: dependencies).handle($0, $1)
        }.described(as: ListOrders.description),
        gate.route(.get, "/api/orders/detail/", name: "orders.detail", role: .customer, query: ["id", "number"]) {
            try await ReadOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: ReadOrder.description),
        // Everybody's who has a part in it: who sees what is decided with the order.
        gate.route(.get, "/api/orders/explain/", name: "orders.explain", query: ["id"]) {
            try await ExplainOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: ExplainOrder.description),
        gate.route(.get, "/api/orders/status/", name: "orders.status", role: .customer, query: ["id", "wait"]) {
            try await OrderStatusPoll(dependencies: dependencies).handle($0, $1)
        }.described(as: OrderStatusPoll.description),
        gate.route(.post, "/api/orders/cancel/", name: "orders.cancel", role: .customer, idempotency: .accepted) {
            try await CancelOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: CancelOrder.description),
        gate.route(.get, "/api/orders/tracking/", name: "orders.tracking", role: .customer, query: ["id"]) {
            try await TrackOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: TrackOrder.description),
    ]
}

private func sellerOrderRoutes(_ dependencies: OrdersDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(
            .get, ListSellerOrders.path, name: "sellers.orders", role: .seller, query: ListSellerOrders.parameters
        ) {
            try await ListSellerOrders(dependencies: dependencies).handle($0, $1)
        }.described(as: ListSellerOrders.description),
        gate.route(
            .get, "/api/sellers/orders/detail/", name: "sellers.orders.detail", role: .seller, query: ["id"]
        ) {
            try await ReadSellerOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: ReadSellerOrder.description),
        gate.route(
            .post, "/api/sellers/orders/update-status/", name: "sellers.orders.update", role: .seller,
            idempotency: .accepted
        ) {
            try await UpdateSellerOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: UpdateSellerOrder.description),
    ]
}

private func adminRoutes(_ dependencies: OrdersDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(
            .get, ListAllOrders.path, name: "admin.orders", role: .admin, permission: .ordersRead,
            query: ListAllOrders.parameters
        ) {
            try await ListAllOrders(dependencies: dependencies).handle($0, $1)
        }.described(as: ListAllOrders.description),
        gate.route(
            .get, "/api/admin/orders/detail/", name: "admin.orders.detail", role: .admin, permission: .ordersRead,
            query: ["id", "number"]
        ) {
            try await ReadAnyOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: ReadAnyOrder.description),
        gate.route(
            .post, "/api/admin/orders/cancel/", name: "admin.orders.cancel", role: .admin, permission: .ordersWrite,
            idempotency: .accepted
        ) {
            try await CancelAnyOrder(dependencies: dependencies).handle($0, $1)
        }.described(as: CancelAnyOrder.description),
        gate.route(
            .post, "/api/admin/orders/set-status/", name: "admin.orders.set-status", role: .admin,
            permission: .ordersWrite, idempotency: .accepted
        ) {
            try await SetOrderStatus(dependencies: dependencies).handle($0, $1)
        }.described(as: SetOrderStatus.description),
    ]
}
