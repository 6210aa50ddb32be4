// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
public import MarketCore
import MarketHTTP

/// `POST /api/orders/reorder/`: what an order of the caller's had goes into the cart once more, beside what is there.
///
/// Nothing is refused for its stock, its price or its seller: the cart says of each line what stands in its way, and a price that has
/// changed since is one of these things.
///
/// - Errors: 404 for a foreign or unknown order; 409 `currency-mismatch`; 422 for more lines than a cart may have.
struct Reorder: Sendable {
    let endpoint: CartEndpoint

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let dependencies = endpoint.dependencies
        let lines: Result<[ReorderedLine], any Error>
        do {
            lines = .success(try await ordered(request, caller))
        } catch {
            // Refused under its key, as everything is.
            lines = .failure(error)
        }
        return try await endpoint.change(
            request, caller, wants: { _ in CartEndpoint.Wanted(wish: try lines.get(), body: .order) },
            variants: { $0.map(\.variant) },
            decide: { lines, cart, offers throws(CartError) in
                try CartRules.reordering(
                    lines, into: cart, offers: offers, newLine: { dependencies.ids.next() },
                    now: dependencies.clock.now())
            })
    }

    private func ordered(_ request: RequestContext, _ caller: Caller) async throws -> [ReorderedLine] {
        let text = try request.json { body in body.string("id", length: 1...64) }
        guard let id = OrderID(text),
            let lines = try await endpoint.dependencies.ports.orderLines(id, caller.user)
        else { throw Problem(.notFound) }
        return lines
    }

    static let description = RouteDescription(
        tag: .orders, summary: "Put an order's lines into the cart again",
        text: """
            Beside what is there, at today's prices: those of the caller's only company where the cart was empty and for nobody. What cannot be bought now, or costs something else than it did, is among the \
            problems of its line.
            """,
        parameters: [.ifMatch],
        body: .json(.object([.required("id", .id(OrderID.self))]).named("OrderReference")), answers: CartSchema.answers,
        problems: [.notFound, .currencyMismatch, .versionConflict])
}

/// A line of an order, as far as carts go.
public struct ReorderedLine: Sendable {
    /// What was bought.
    public let variant: VariantID
    /// How many.
    public let quantity: Int
    /// What one cost, in minor units.
    public let unitPrice: Int64

    /// States a line.
    public init(variant: VariantID, quantity: Int, unitPrice: Int64) {
        self.variant = variant
        self.quantity = quantity
        self.unitPrice = unitPrice
    }
}

extension CartRules {
    /// Adds what an order had, whatever the offers say of it now: the price that was paid is the one that was seen.
    static func reordering(
        _ lines: [ReorderedLine], into cart: CartState, offers: [VariantID: Offer], newLine: () -> CartLineID,
        now: Timestamp
    ) throws(CartError) -> CartState {
        var next = cart
        var currency = cart.lines.lazy.compactMap { offers[$0.variant]?.currency }.first
        for (index, line) in lines.enumerated() {
            let own = offers[line.variant]?.currency
            if let own, let currency, own != currency { throw .currencyMismatch(index) }
            currency = currency ?? own
            if let place = next.lines.firstIndex(where: { $0.variant == line.variant }) {
                let sum = next.lines[place].quantity + line.quantity
                next.lines[place].quantity = min(sum, Int(Quantity.range.upperBound))
                next.lines[place].unitPriceSeen = line.unitPrice
            } else {
                guard next.lines.count < CartState.linesMax else { throw .tooManyLines }
                next.lines.append(
                    CartState.Line(
                        id: newLine(), variant: line.variant, quantity: line.quantity, note: nil,
                        unitPriceSeen: line.unitPrice))
            }
        }
        return raised(next, from: cart, now)
    }
}
