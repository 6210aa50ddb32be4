// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import UVRuntime

@testable import Actors
@testable import Simulation

/// One process: its actors over a database that it may share.
struct Shop: Sendable {
    let inventory: InventoryDirectory
    let orders: OrderActor
    let carts: CartDirectory
    let keys: IdempotencyDirectory

    init(
        _ executor: ManualExecutor, _ database: SimulatedDatabase, orders limits: OrderLimits = OrderLimits(),
        inventory inventoryLimits: InventoryLimits = InventoryLimits(), carts cartLimits: CartLimits = CartLimits(),
        cartShards: Int = 4, keys keyLimits: IdempotencyLimits = IdempotencyLimits(), refusalsWaitingMax: Int = 1024,
        hints: any AnswerHints = NoHints(), process: Int64 = 1
    ) {
        inventory = InventoryDirectory(
            executor: executor, clock: executor, shardCount: 4, limits: inventoryLimits, journal: database)
        orders = OrderActor(
            executor: executor, clock: executor, limits: limits, inventory: inventory, journal: database,
            logger: .silent,
            random: { 7 })
        let ids = Numbers(from: process << 40)
        carts = CartDirectory(
            executors: Array(repeating: executor, count: cartShards),
            clocks: Array(repeating: executor, count: cartShards),
            limits: cartLimits, journal: database, logger: .silent, random: { 7 },
            newID: { CartID(rawValue: ids.next()) })
        keys = IdempotencyDirectory(
            executor: executor, clock: executor, shardCount: 4, limits: keyLimits,
            refusalsWaitingMax: refusalsWaitingMax,
            hints: hints, journal: database, logger: .silent)
    }
}

/// No Redis.
struct NoHints: AnswerHints {
    func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
    func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
}

extension PlaceOrder {
    /// An order of the cart with the same number.
    ///
    /// - Parameter key: the key's number; the order's own when none is given.
    static func test(
        _ number: Int, cart: Int? = nil, cartVersion: Int64 = 1, key: Int? = nil, fingerprint: Int? = nil,
        _ lines: [(variant: Int64, quantity: Int)] = [(1, 1)], offerVersion: Int64 = 1
    ) -> PlaceOrder {
        let records = lines.enumerated().map { index, line in
            let total = Int64(line.quantity) * 100
            return OrderLineRecord(
                id: OrderLineID(rawValue: Int64(number) * 1000 + Int64(index)), sellerOrder: 0,
                product: ProductID(rawValue: line.variant), variant: VariantID(rawValue: line.variant), sku: "A",
                title: "A",
                options: Array("{}".utf8), quantity: line.quantity, unitPrice: 100, discount: 0, taxRate: .zero,
                tax: GSTSplit(inclusiveTotal: total, rate: .zero, supply: .intraState), total: total, hsnCode: "0000",
                offerVersion: offerVersion)
        }
        let total = records.reduce(0) { $0 + $1.total }
        return PlaceOrder(
            claim: .test(key ?? number, fingerprint: fingerprint ?? key ?? number),
            order: OrderRecord(
                id: OrderID(rawValue: Int64(number)), user: UserID(rawValue: 1),
                cart: CartID(rawValue: Int64(cart ?? number)),
                cartVersion: cartVersion, currency: .inr, subtotal: total, discount: 0, shipping: 0, tax: 0,
                total: total,
                paymentMethod: "razorpay", shippingAddress: Array("{}".utf8), billingAddress: Array("{}".utf8),
                customerNote: nil, purchaseOrder: nil, reservationTTL: .seconds(900),
                reservedUntil: Timestamp(seconds: 900),
                sellerOrders: [
                    SellerOrderRecord(
                        id: SellerOrderID(rawValue: Int64(number)), seller: SellerID(rawValue: 1), subtotal: total,
                        discount: 0,
                        shipping: 0, tax: 0, total: total)
                ], lines: records)
        ) { .test("order \(number)", status: 201) }
    }
}

extension KeyClaim {
    static func test(_ key: Int, fingerprint: Int? = nil, retention: Duration = .seconds(86_400)) -> KeyClaim {
        KeyClaim(digest: .test(key), fingerprint: .test(fingerprint ?? key, 2), retention: retention, user: nil)
    }
}

extension StoredAnswer {
    static func test(_ body: String, status: Int = 200) -> StoredAnswer {
        StoredAnswer(status: status, fields: [], body: Array(body.utf8))
    }
}

extension VariantID {
    static func test(_ number: Int64) -> VariantID { VariantID(rawValue: number) }
}

extension OrderActor.Result {
    var isPlaced: Bool { self == .placed }
    var isInsufficient: Bool {
        if case .refused(let lines, _) = self { lines.contains { $0.reason == .insufficientStock } } else { false }
    }
}
