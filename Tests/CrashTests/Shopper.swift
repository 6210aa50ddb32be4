// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// Somebody who fills carts, orders, pays and renames himself, round after round; asks again what got no answer; and
/// remembers everything that was acknowledged.
///
/// Two of three writes carry a key. Which, and what is bought, repeats with the seed.
actor Shopper {
    let number: Int
    let shop: CrashShop
    let visitor: Visitor
    private var random: SeededRandom
    private var keys = 0
    private var cart: KnownCart?
    /// Everything that was answered under a key, in order.
    private(set) var keyed: [Acknowledged] = []
    private(set) var orders: [KnownOrder] = []
    private(set) var captured: [Captured] = []
    private(set) var name = "Buyer"
    private(set) var refusals = 0
    private(set) var lost = 0

    nonisolated var user: Int64 { Int64(2000 + number) }

    private init(number: Int, shop: CrashShop, token: String) {
        self.number = number
        self.shop = shop
        visitor = Visitor(shop: shop, token: token, server: number % shop.serverCount)
        random = SeededRandom(seed: UInt64(number + 1))
    }

    /// Makes so many of them, with sessions and without the price of hashing passwords.
    static func make(_ count: Int, in shop: CrashShop) async throws -> [Shopper] {
        _ = try await shop.store.sql(Goods.shoppers(count))
        let tokens = await AccessTokens(secret: try ServerProcess.secret())
        var shoppers: [Shopper] = []
        for number in 0..<count {
            let token = try await tokens.issue(
                user: ID(rawValue: Int64(2000 + number)), session: ID(rawValue: Int64(3000 + number)), audience: .all,
                lifetime: .seconds(6 * 3600))
            shoppers.append(Shopper(number: number, shop: shop, token: token))
        }
        return shoppers
    }

    /// All shop until the progress is over, and end with an answer to everything.
    static func shop(_ shoppers: [Shopper]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shopper in shoppers {
                group.addTask {
                    while await !shopper.shop.progress.isOver { try await shopper.round() }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One round.
    func round() async throws {
        try await fillCart()
        guard let order = try await placeOrder() else { return }
        await shop.progress.orderAcknowledged()
        if chance(2) { try await pay(order) }
        if chance(3) { try await rename() }
    }

    // MARK: Cart

    private func fillCart() async throws {
        var cart = try await knownCart()
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let item = chance(5) ? Goods.scarce : Goods.plenty[Int.random(in: 0..<3, using: &random)]
            let quantity = Int.random(in: 1...3, using: &random)
            var wanted = cart.units
            wanted[item.variant, default: 0] += quantity
            cart = try await change(
                cart, "/api/cart/add/",
                #"{"variant_id":"\#(item.variant)","quantity":\#(quantity),"expected_version":\#(cart.version)}"#,
                wanted)
        }
        if let line = cart.lines.first, chance(3) { cart = try await set(line, to: line.quantity % 3 + 1, in: cart) }
        self.cart = cart
    }

    private func set(_ line: KnownCart.Line, to quantity: Int, in cart: KnownCart) async throws -> KnownCart {
        var wanted = cart.units
        wanted[line.variant] = quantity == 0 ? nil : quantity
        return try await change(
            cart, "/api/cart/update/",
            #"{"lines":[{"line_id":"\#(line.id)","quantity":\#(quantity)}],"expected_version":\#(cart.version)}"#,
            wanted)
    }

    /// Changes the cart; what is sold out leaves it as it is.
    private func change(
        _ cart: KnownCart, _ path: String, _ body: String, _ wanted: [VariantID: Int]
    ) async throws -> KnownCart {
        guard wanted != cart.units else { return cart }
        let done = try await ask("POST", path, body)
        switch done.answer.status {
        case 200:
            let new = try KnownCart(try done.answer.json)
            try #require(new.version == cart.version + 1 && new.units == wanted, "\(done.summary)")
            return new
        case 409 where done.answer.code == "insufficient-stock":
            refusals += 1
            return cart
        case 412 where done.wish.key == nil && done.lost > 0:
            // An attempt that nobody answered was committed: then wholly, and once.
            let new = try await readCart()
            try #require(new.version == cart.version + 1 && new.units == wanted, "\(done.summary)")
            return new
        default: throw Unexpected(done)
        }
    }

    /// The cart as this shopper knows it.
    func knownCart() async throws -> KnownCart {
        if let cart { return cart }
        let read = try await readCart()
        cart = read
        return read
    }

    private func readCart() async throws -> KnownCart {
        let done = try await ask("GET", "/api/cart/get/?refresh=true", "")
        guard done.answer.status == 200 else { throw Unexpected(done) }
        return try KnownCart(try done.answer.json)
    }

    // MARK: Orders and payments

    /// Orders until there is something to order.
    func order() async throws -> KnownOrder {
        while true {
            try await fillCart()
            if let order = try await placeOrder() { return order }
        }
    }

    private func placeOrder() async throws -> KnownOrder? {
        guard var cart, !cart.lines.isEmpty else { return nil }
        let done = try await ask(
            "POST", "/api/orders/create/",
            """
            {"cart_version":\(cart.version),"expected_total":{"amount":\(cart.total),"currency":"INR"},\
            "payment_method":"razorpay","shipping_address":{"name":"Asha Rao","phone":"+919812345678",\
            "line1":"1 MG Road","city":"Bengaluru","state_code":"KA","postal_code":"560001"}}
            """)
        switch done.answer.status {
        // Without a key the order of a lost attempt is found by its cart.
        case 201,
            200 where done.wish.key == nil && done.lost > 0:
            let order = try KnownOrder(try done.answer.json)
            try #require(order.units == cart.units && order.total == cart.total, "\(done.summary)")
            orders.append(order)
            cart.version += 1
            cart.lines = []
            self.cart = cart
            return order
        case 409 where done.answer.code == "insufficient-stock":
            refusals += 1
            if let line = cart.lines.first(where: { $0.variant == Goods.scarce.variant }) {
                self.cart = try await set(line, to: 0, in: cart)
            }
            return nil
        default: throw Unexpected(done)
        }
    }

    /// Opens the checkout of an order.
    func checkout(_ order: KnownOrder) async throws -> Checkout {
        let done = try await ask("POST", "/api/payments/initiate/", #"{"order_id":"\#(order.id)"}"#)
        guard [200, 201].contains(done.answer.status) else { throw Unexpected(done) }
        let json = try done.answer.json
        let amount = try #require(json["checkout"]?["amount"]?.int64)
        try #require(amount == order.total, "\(done.summary)")
        return Checkout(
            order: order.id, payment: try #require(json["payment"]?["id"]?.string.flatMap { PaymentID($0) }),
            providerOrder: try #require(json["checkout"]?["razorpay_order_id"]?.string), amount: amount)
    }

    /// Pays an order, and leaves it to the provider to tell us.
    @discardableResult
    func pay(_ order: KnownOrder) async throws -> Captured {
        let checkout = try await checkout(order)
        let payment = try await shop.pay(checkout, "captured")
        let paid = Captured(
            order: order.id, payment: checkout.payment, providerOrder: checkout.providerOrder, providerPayment: payment,
            amount: checkout.amount)
        captured.append(paid)
        return paid
    }

    /// Orders and pays, and returns when our books say so.
    func paidOrder() async throws -> Captured {
        let paid = try await pay(try await order())
        try await shop.until(
            "select count(*) from orders.orders where id = \(paid.order.rawValue) and status = 'confirmed';")
        return paid
    }

    private func rename() async throws {
        keys += 1
        let new = "Buyer \(number) the \(keys)"
        let done = try await ask("PUT", "/api/auth/profile/update/", #"{"full_name":"\#(new)"}"#, alwaysKeyed: true)
        guard done.answer.status == 200, try done.answer.json["full_name"]?.string == new else {
            throw Unexpected(done)
        }
        name = new
    }

    // MARK: Requests

    /// Something that no client should ever be told.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String

        init(_ done: Acknowledged) { description = done.summary }
    }

    /// Sends a wish until it is answered, at whichever server is there.
    private func ask(
        _ method: String, _ path: String, _ body: String, alwaysKeyed: Bool = false
    ) async throws -> Acknowledged {
        keys += 1
        let isKeyed = method != "GET" && (alwaysKeyed || !chance(3))
        let wish = Wish(method: method, path: path, body: body, key: isKeyed ? "shopper-\(number)-\(keys)" : nil)
        let done = try await visitor.send(wish)
        lost += done.lost
        if isKeyed, (200...299).contains(done.answer.status) { keyed.append(done) }
        return done
    }

    private func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}
