// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/cart/remove/`: takes out one line, by its id or its variant; an absent line changes nothing.
struct RemoveFromCart: Sendable {
    let endpoint: CartEndpoint

    private enum Target: Sendable {
        case line(CartLineID)
        case variant(VariantID)
        /// An id of the wrong form names no line.
        case nothing
    }

    func handle(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let clock = endpoint.dependencies.clock
        return try await endpoint.change(
            request, caller, wants: Self.read, variants: { _ in [] },
            decide: { target, cart, _ throws(CartError) in
                CartRules.removing(
                    where: { line in
                        switch target {
                        case .line(let id): line.id == id
                        case .variant(let id): line.variant == id
                        case .nothing: false
                        }
                    }, from: cart, now: clock.now())
            })
    }

    @Sendable
    private static func read(_ request: RequestContext) throws -> CartEndpoint.Wanted<Target> {
        try request.json { body in
            let line = body.optionalString("line_id", length: 1...64)
            let variant = body.optionalString("variant_id", length: 1...64)
            let version = body.optionalInt("expected_version").map(Int64.init)
            var target = Target.nothing
            if (line == nil) == (variant == nil) {
                body.fail("line_id", code: "required", message: "exactly one of line_id and variant_id")
            } else if let line {
                target = CartLineID(line).map(Target.line) ?? .nothing
            } else if let variant {
                target = VariantID(variant).map(Target.variant) ?? .nothing
            }
            return CartEndpoint.Wanted(wish: target, expectedVersion: version)
        }
    }
}
