// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/cart/add/`: one variant, or `lines[]` all or nothing; the same variant merges.
struct AddToCart: Sendable {
    let endpoint: CartEndpoint

    func handle(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let dependencies = endpoint.dependencies
        return try await endpoint.change(
            request, caller, wants: Self.read, variants: { $0.map(\.variant) },
            decide: { additions, cart, offers throws(CartError) in
                try CartRules.adding(
                    additions, to: cart, offers: offers, newLine: { dependencies.ids.next() },
                    now: dependencies.clock.now())
            })
    }

    @Sendable
    private static func read(_ request: RequestContext) throws -> CartEndpoint.Wanted<[CartRules.Addition]> {
        let (texts, isOne, common) = try request.json { body in
            let isOne = !body.contains("lines")
            let lines =
                !isOne
                ? body.array("lines", count: 1...CartState.linesMax) { line in Self.line(&line) } : [Self.line(&body)]
            return (lines, isOne, CartEndpoint.CommonFields(&body))
        }
        let additions = try texts.map { text in
            guard let variant = VariantID(text.variant) else { throw Problem(.notFound) }
            return CartRules.Addition(variant: variant, quantity: text.quantity, note: text.note)
        }
        var wanted = try common.wanted(additions)
        wanted.body = isOne ? .one : .lines
        return wanted
    }

    private static func line(_ input: inout JSONInput) -> (variant: String, quantity: Int, note: String?) {
        (
            input.string("variant_id", length: 1...64), input.int("quantity", in: 1...Int(Quantity.range.upperBound)),
            input.optionalString("note", length: 0...500)
        )
    }
}
