// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedProcess {
    /// The cart becomes an order: the order of steps is `CreateOrder`'s.
    func createOrder(_ request: OrderRequest, ttl: Duration) async throws -> Response {
        let began = executor.now
        return try await idempotent(
            request.key.map { .key($0, of: 1) }, request.fingerprint, user: request.user, retention: .seconds(259_200)
        ) { claim, isClients in
            let owner = CartOwner.user(request.user)
            if isClients, await !carts.isInMemory(owner), let known = try await known(claim) { return known }
            let placed = try await withCart(of: owner) { cart in
                try await cart.checkout(now: executor.now, atLeast: request.cartVersion) { state in
                    if isClients, state.version != request.cartVersion, let known = try await known(claim) {
                        return (Placed.success(known), CartActor.Ordered.no)
                    }
                    return try await place(request, state, claim, ttl, began)
                }
            }
            return try placed.get()
        }
    }

    private typealias Placed = Result<CallOutcome, Refusal>

    private func place(
        _ request: OrderRequest, _ cart: CartState, _ claim: KeyClaim, _ ttl: Duration, _ began: UInt64
    ) async throws -> (Placed, CartActor.Ordered) {
        guard cart.version == request.cartVersion else {
            if let known = try await sameCart(cart.id, request.cartVersion, claim.fingerprint) {
                return (.success(known), .no)
            }
            await checkMismatch(request.cartVersion, cart.id)
            throw Refusal.cartChanged(cart.version)
        }
        guard !cart.lines.isEmpty else { throw Refusal(status: 409, code: "cart-empty") }
        let offers = try await offers(cart.lines.map(\.variant))
        let record = record(of: cart, request, offers, until: now + ttl)
        guard record.total == request.expectedTotal else {
            throw Refusal(status: 409, code: "price-changed", detail: "\(record.total)")
        }
        let answer = Response(status: 201, body: "\(record.id) of \(cart.id) \(cart.version): \(record.total)")
        let order = PlaceOrder(claim: claim, order: record) { StoredAnswer(answer) }
        switch try await orders.place(order) {
        case .placed: return (.success(.committed(answer)), .yes(now))
        case .known(let fingerprint, let answer):
            return (.success(.known(fingerprint: fingerprint, answer: answer)), .unknown)
        case .sameCartOrder(let order, let stored):
            guard let stored else {
                return (.success(.refused(Response(status: 200, body: "\(order) again"))), .unknown)
            }
            return (.success(.committed(Response(StoredAnswer(status: 200, fields: [], body: stored.body)))), .unknown)
        case .cartMoved: throw Refusal.cartChanged(nil)
        case .refused(let refusals, let fromMemory):
            await check(refusals, of: record, fromMemory, since: began)
            invalidateOffers(refusals.filter { $0.reason != .insufficientStock }.map(\.variant))
            let refusal = Refusal(status: 409, code: refusals[0].reason.code, detail: "\(refusals[0].available)")
            return (.failure(refusal), fromMemory ? .no : .unknown)
        case .inProgress: return (.success(.inProgress), .unknown)
        }
    }

    private func record(
        of cart: CartState, _ request: OrderRequest, _ offers: [VariantID: OfferRow], until: Timestamp
    ) -> OrderRecord {
        let lines = cart.lines.sorted { $0.variant < $1.variant }.map { line in
            let offer = offers[line.variant]
            let total = Int64(line.quantity) * (offer?.price ?? 0)
            return OrderLineRecord(
                id: OrderLineID(rawValue: newNumber()), sellerOrder: 0,
                product: ProductID(rawValue: line.variant.rawValue), variant: line.variant, sku: "A", title: "A",
                options: [], quantity: line.quantity, unitPrice: offer?.price ?? 0, discount: 0, taxRate: .zero,
                tax: GSTSplit(inclusiveTotal: total, rate: .zero, supply: .intraState), total: total,
                hsnCode: "0000", offerVersion: offer?.version ?? 0)
        }
        let total = lines.reduce(0) { $0 + $1.total }
        return OrderRecord(
            id: OrderID(rawValue: newNumber()), user: request.user, cart: cart.id, cartVersion: cart.version,
            currency: .inr, subtotal: total, discount: 0, shipping: 0, tax: 0, total: total,
            paymentMethod: "razorpay", shippingAddress: [], billingAddress: [], customerNote: nil, purchaseOrder: nil,
            reservationTTL: .seconds(1), reservedUntil: until,
            sellerOrders: [
                SellerOrderRecord(
                    id: SellerOrderID(rawValue: newNumber()), seller: SellerID(rawValue: 1), subtotal: total,
                    discount: 0, shipping: 0, tax: 0, total: total)
            ], lines: lines)
    }

    /// The order that the same request made of this version, as it is now.
    private func sameCart(
        _ cart: CartID, _ version: Int64, _ fingerprint: Hash32
    ) async throws -> CallOutcome? {
        guard let order = try await database.order(ofCart: cart, version, fingerprint, by: life) else { return nil }
        return .refused(Response(status: 200, body: "\(order) again"))
    }

    func cancelOrder(_ order: OrderID, of user: UserID) async throws -> Response {
        let (code, stock) = try await database.cancel(order, of: user, by: life)
        if life.isAlive { await inventory.adopt(stock) }
        return code == 0
            ? Response(status: 200, body: "cancelled") : Response(status: 409, problem: "illegal", body: "\(code)")
    }
}

extension LineRefusal.Reason {
    var code: String {
        switch self {
        case .insufficientStock: "insufficient-stock"
        case .priceChanged: "price-changed"
        case .sellerUnavailable: "seller-unavailable"
        }
    }
}

extension SimulatedProcess {
    /// A refusal rests on a row that was committed at most the freshness ago, or after the request began.
    private func check(
        _ refusals: [LineRefusal], of record: OrderRecord, _ fromMemory: Bool, since began: UInt64
    ) async {
        // What the database judges counts its batch's other orders, which nobody else can see yet.
        guard life.isAlive, fromMemory else { return }
        let freshness = limits.inventory.freshness.wholeMilliseconds &* 1_000_000
        let since = min(began, executor.now > freshness ? executor.now - freshness : 0)
        for refusal in refusals {
            let line = record.lines.first { $0.variant == refusal.variant }
            let isTrue = await database.was(refusal.variant, since: since) { row in
                switch refusal.reason {
                case .insufficientStock: row.available < refusal.requested
                case .priceChanged: row.offerVersion != line?.offerVersion
                case .sellerUnavailable: !row.sellable
                }
            }
            trace.expect(
                isTrue,
                "\(refusal.reason.code) of \(refusal.requested) of \(refusal.variant), but no committed row said so")
        }
    }

    /// A refusal of a version rests on a committed cart at another one.
    func checkMismatch(_ version: Int64, _ cart: CartID) async {
        guard life.isAlive else { return }
        let current = await database.carts[cart]?.version ?? 0
        trace.expect(
            current != version, "version \(version) of \(cart) was refused, and it is the committed one")
    }
}
