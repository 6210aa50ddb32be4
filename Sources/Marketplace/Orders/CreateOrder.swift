// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/orders/create/`: the caller's cart becomes an order, once.
///
/// What undoes each step: nothing is written before the batch commits; holds end with the batch's outcome; a refused or
/// failed order leaves the cart as it was.
struct CreateOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        CrashPoint.reach(.orderReceived)
        let response = try await dependencies.calls.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) { claim, isClients in
            CrashPoint.reach(.orderKeyClaimed)
            let owner = CartOwner.user(caller.user)
            // A cart that is not in memory was filled elsewhere or long ago, and so may its key have been finished: that is cheaper
            // to ask than to read the cart.
            if isClients, await !dependencies.carts.isInMemory(owner),
                let known = try await dependencies.calls.known(claim)
            {
                return known
            }
            // Before the cart's turn: reading an address must not hold it up.
            let input = try await NewOrderBody.read(request).order {
                try await dependencies.ports.address($0, caller.user)
            }
            let placed = try await dependencies.carts.withCart(of: owner) { cart in
                try await cart.checkout(now: dependencies.monotonic(), atLeast: input.cartVersion) { state in
                    CrashPoint.reach(.orderCartLocked)
                    if isClients, state.version != input.cartVersion,
                        let known = try await dependencies.calls.known(claim)
                    {
                        return (Placed.success(known), CartActor.Ordered.no)
                    }
                    return try await run(input, caller.user, state, claim, request)
                }
            }
            return try placed.get()
        }
        CrashPoint.reach(.orderAnswerStored)
        return response
    }

    /// A refusal that says nothing against the cart in memory is returned: what is thrown makes the next request read it anew.
    private typealias Placed = Result<IdempotentCalls.Outcome, Problem>

    private func run(
        _ input: NewOrder, _ user: UserID, _ cart: CartState, _ claim: KeyClaim, _ request: RequestContext
    ) async throws -> (Placed, CartActor.Ordered) {
        guard cart.version == input.cartVersion else {
            if let known = try await sameCart(cart.id, input.cartVersion, claim, request) {
                return (.success(known), .no)
            }
            throw Self.cartChanged(current: cart.version, asked: input.cartVersion)
        }
        if let company = input.company, company != cart.company { throw Self.otherCompany(cart) }
        guard !cart.lines.isEmpty else { throw Problem(.cartEmpty, detail: "The cart has no lines.") }
        let offers = try await dependencies.ports.offers(cart.lines.map(\.variant), cart.company)
        let commissions = try await dependencies.ports.commissions()
        let now = dependencies.clock.now()
        try Self.checkQuantities(of: cart, offers)
        let record = try price(cart, user, input, offers, commissions, now)
        let order = PlaceOrder(claim: claim, order: record) { Self.answer(record, offers, now, request) }

        switch try await dependencies.orders.place(order) {
        case .placed:
            return (.success(.committed(order.answer, own: HTTPResponse(order.answer, isReplay: false))), .yes(now))
        case .known(let fingerprint, let answer):
            return (.success(.known(fingerprint: fingerprint, answer: answer)), .unknown)
        case .sameCartOrder(let order, let stored):
            return (.success(try await sameCartAnswer(order, stored, user, request)), .unknown)
        case .cartMoved:
            throw Self.cartChanged(current: nil, asked: input.cartVersion)
        case .refused(let refusals, let isFromMemory):
            await dependencies.ports.invalidateOffers(
                refusals.filter { $0.reason != .insufficientStock }.map(\.variant))
            let asked = Asked(cart: cart, user: user, input: input, offers: offers)
            return (.failure(try await refusal(refusals, of: asked, at: now)), isFromMemory ? .no : .unknown)
        case .inProgress: return (.success(.inProgress), .unknown)
        }
    }

    private static func answer(
        _ record: OrderRecord, _ offers: [VariantID: Offer], _ now: Timestamp, _ request: RequestContext
    ) -> StoredAnswer {
        let names = Dictionary(offers.values.map { ($0.seller, $0.sellerName) }) { first, _ in first }
        var response = HTTPResponse.json(
            OrderDetail(placing: record, sellerNames: names, at: now), .created, capacity: size(of: record))
        response.headers.append(EntityTag(version: 1).header)
        return StoredAnswer(response, to: request)
    }

    /// About what an order's answer takes.
    private static func size(of record: OrderRecord) -> Int {
        1024 + 640 * (record.lines.count + record.sellerOrders.count)
    }

    func record(
        of cart: CartState, _ user: UserID, _ input: NewOrder, _ offers: [VariantID: Offer],
        _ commissions: CommissionRules, _ now: Timestamp
    ) throws(OrderPricing.Failure) -> OrderRecord {
        try OrderPricing(ids: dependencies.ids).record(
            of: cart, user: user, input: input, offers: offers, commissions: commissions, at: now,
            ttl: dependencies.reservationTTL, reservedUntil: now + dependencies.reservationTTL)
    }

    private func price(
        _ cart: CartState, _ user: UserID, _ input: NewOrder, _ offers: [VariantID: Offer],
        _ commissions: CommissionRules, _ now: Timestamp
    ) throws -> OrderRecord {
        let record: OrderRecord
        do throws(OrderPricing.Failure) {
            record = try self.record(of: cart, user, input, offers, commissions, now)
        } catch {
            switch error {
            case .notOffered(let variant):
                throw Self.problem(
                    [LineRefusal(variant: variant, reason: .sellerUnavailable, requested: 0, available: 0)],
                    of: cart, [])
            case .currencies: throw Problem(.currencyMismatch, detail: "An order has one currency.")
            case .overflow: throw Problem(.validationFailed, detail: "The total is beyond what can be paid.")
            }
        }
        guard record.total == input.expectedTotal.minor, record.currency == input.expectedTotal.currency else {
            throw Problem(
                .priceChanged, detail: "The total is \(record.total) \(record.currency).",
                errors: [Self.otherTotal(input, record)] + Self.changedPrices(cart, offers))
        }
        if input.method == .cod { try refuseCash(record, to: input.shipping) }
        return record
    }

    /// Cash is not taken for everything, nor everywhere.
    private func refuseCash(_ record: OrderRecord, to address: PostalAddress) throws {
        let total = Money(minor: record.total, currency: record.currency)
        guard let refusal = dependencies.cash.refusal(of: total, state: address.state, postalCode: address.postalCode)
        else { return }
        throw Problem(
            .paymentMethodUnavailable, detail: refusal.detail,
            errors: [.init(pointer: "/payment_method", code: "payment-method-unavailable", message: refusal.detail)])
    }

    /// Without a key, or under another one, the same request for the same cart version is the same order.
    private func sameCart(
        _ cart: CartID, _ version: Int64, _ claim: KeyClaim, _ request: RequestContext
    ) async throws -> IdempotentCalls.Outcome? {
        guard let order = try await dependencies.store.order(ofCart: cart, version: version, request: claim.fingerprint)
        else { return nil }
        return Self.found(.json(try await dependencies.labelled(order)), request)
    }

    private static func found(_ response: HTTPResponse, _ request: RequestContext) -> IdempotentCalls.Outcome {
        .refused(StoredAnswer(response, to: request), own: response)
    }

    private func sameCartAnswer(
        _ order: OrderID, _ stored: StoredAnswer?, _ user: UserID, _ request: RequestContext
    ) async throws -> IdempotentCalls.Outcome {
        if let stored {
            let answer = StoredAnswer(status: 200, fields: stored.fields, body: stored.body)
            return .committed(answer, own: HTTPResponse(answer, isReplay: false))
        }
        guard let detail = try await dependencies.store.order(order, of: user) else { throw Problem(.notFound) }
        return Self.found(.json(try await dependencies.labelled(detail)), request)
    }
}
