// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// What a refusal says: each line, and where something costs something else, what was expected and what it costs.
extension CreateOrder {
    /// An order as it was asked for, with the offers that it was priced by.
    struct Asked: Sendable {
        let cart: CartState
        let user: UserID
        let input: NewOrder
        let offers: [VariantID: Offer]
    }

    /// Another order was expected, by an older price or a wrong sum.
    static func otherTotal(_ input: NewOrder, _ record: OrderRecord) -> Problem.Item {
        .init(
            pointer: "/expected_total", code: "price-changed", message: "the total differs",
            members: [
                ("expected", .money(input.expectedTotal)),
                ("actual", .money(Money(minor: record.total, currency: record.currency))),
            ])
    }

    /// The lines that cost something else than the buyer has seen.
    static func changedPrices(_ cart: CartState, _ offers: [VariantID: Offer]) -> [Problem.Item] {
        cart.lines.enumerated().compactMap { place, line in
            guard let offer = offers[line.variant] else { return nil }
            let price = offer.unitPrice(quantity: line.quantity)
            guard price != line.unitPriceSeen else { return nil }
            return changedPrice(of: line, at: place, from: line.unitPriceSeen, to: price, offer.currency)
        }
    }

    private static func changedPrice(
        of line: CartState.Line, at place: Int, from expected: Int64, to actual: Int64, _ currency: Currency
    ) -> Problem.Item {
        .init(
            pointer: "/lines/\(place)", code: "price-changed", message: "one costs \(actual), not \(expected)",
            members: [
                ("variant_id", .string("\(line.variant)")),
                ("expected", .money(Money(minor: expected, currency: currency))),
                ("actual", .money(Money(minor: actual, currency: currency))),
                ("quantity", .int(Int64(line.quantity))),
            ])
    }

    /// 409 `cart-changed`: the version was ordered before, or has gone.
    static func cartChanged(current: Int64?, asked: Int64) -> Problem {
        var members: [(String, Problem.Value)] = [("requested", .int(asked))]
        if let current { members.append(("version", .int(current))) }
        return Problem(
            .cartChanged, detail: "The cart is not at the version that was ordered.",
            errors: [
                .init(
                    pointer: "/cart_version", code: ProblemCode.cartChanged.rawValue,
                    message: current.map { "the cart is at version \($0)" } ?? "the cart has changed", members: members)
            ], members: current.map { [("version", .int($0))] } ?? [])
    }

    /// 409 `cart-changed`: the cart is not for the company that is named.
    static func otherCompany(_ cart: CartState) -> Problem {
        Problem(
            .cartChanged, detail: "The cart is not for this company.",
            errors: [
                .init(
                    pointer: "/company_id", code: ProblemCode.cartChanged.rawValue,
                    message: "the cart is not for this company", members: [("version", .int(cart.version))])
            ], members: [("version", .int(cart.version))])
    }

    /// What the database refused. Where it knew newer prices than we did they are read again, so that the answer can say them.
    func refusal(_ refusals: [LineRefusal], of asked: Asked, at now: Timestamp) async throws -> Problem {
        guard refusals.contains(where: { $0.reason == .priceChanged }) else {
            return Self.problem(refusals, of: asked.cart, [])
        }
        let offers = try await dependencies.ports.offers(asked.cart.lines.map(\.variant), asked.cart.company)
        let commissions = try await dependencies.ports.commissions()
        var items: [Problem.Item] = []
        // What cannot be priced now has no total; its line says why.
        if let record = try? record(of: asked.cart, asked.user, asked.input, offers, commissions, now),
            record.total != asked.input.expectedTotal.minor
        {
            items.append(Self.otherTotal(asked.input, record))
        }
        func prices(of line: CartState.Line) -> (old: Int64, new: Int64, Currency)? {
            guard let old = asked.offers[line.variant], let new = offers[line.variant] else { return nil }
            return (
                old.unitPrice(quantity: line.quantity), new.unitPrice(quantity: line.quantity), new.currency
            )
        }
        // An offer can change without its price: of such a line there is nothing to say where there is of others.
        let changed = refusals.filter { refusal in
            guard refusal.reason == .priceChanged,
                let line = asked.cart.lines.first(where: { $0.variant == refusal.variant }),
                let prices = prices(of: line)
            else { return true }
            return prices.old != prices.new
        }
        return Self.problem(changed.isEmpty ? refusals : changed, of: asked.cart, items) { line, place in
            guard let (old, new, currency) = prices(of: line), old != new else { return nil }
            return Self.changedPrice(of: line, at: place, from: old, to: new, currency)
        }
    }

    /// - Parameters:
    ///   - items: what is said of the order before its lines.
    ///   - changed: says how a line's price has changed; nil where that is not known.
    static func problem(
        _ refusals: [LineRefusal], of cart: CartState, _ items: [Problem.Item],
        changed: (CartState.Line, Int) -> Problem.Item? = { _, _ in nil }
    ) -> Problem {
        let lines = refusals.map { refusal -> Problem.Item in
            let place = cart.lines.firstIndex { $0.variant == refusal.variant } ?? 0
            if refusal.reason == .priceChanged, let item = changed(cart.lines[place], place) { return item }
            let code = code(of: refusal.reason)
            var members: [(String, Problem.Value)] = [("variant_id", .string("\(refusal.variant)"))]
            if refusal.reason == .insufficientStock {
                members += [
                    ("requested", .int(Int64(refusal.requested))), ("available", .int(Int64(refusal.available))),
                ]
            }
            let message =
                refusal.reason == .insufficientStock
                ? "\(refusal.requested) requested, \(refusal.available) available" : code.title
            return .init(pointer: "/lines/\(place)", code: code.rawValue, message: message, members: members)
        }
        return Problem(
            code(of: refusals.first?.reason ?? .insufficientStock),
            detail: "\(refusals.count) of \(cart.lines.count) lines cannot be reserved.", errors: items + lines)
    }

    private static func code(of reason: LineRefusal.Reason) -> ProblemCode {
        switch reason {
        case .insufficientStock: .insufficientStock
        case .priceChanged: .priceChanged
        case .sellerUnavailable: .sellerUnavailable
        }
    }
}
