// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/cart/update/`: sets the quantities of lines; 0 removes one. All or nothing.
struct UpdateCart: Sendable {
    let endpoint: CartEndpoint

    func handle(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let clock = endpoint.dependencies.clock
        return try await endpoint.change(
            request, caller, wants: Self.read, variants: { _ in [] },
            decide: { settings, cart, offers throws(CartError) in
                try CartRules.setting(settings, in: cart, offers: offers, now: clock.now())
            })
    }

    @Sendable
    private static func read(_ request: RequestContext) throws -> (wish: [CartRules.Setting], expectedVersion: Int64?) {
        let (lines, version) = try request.json { body in
            let lines = body.array("lines", count: 1...CartState.linesMax) { line in
                (
                    id: line.string("line_id", length: 1...64),
                    quantity: line.int("quantity", in: 0...Int(Quantity.range.upperBound))
                )
            }
            return (lines, body.optionalInt("expected_version"))
        }
        let settings = try lines.map { line in
            guard let id = CartLineID(line.id) else { throw Problem(.notFound) }
            return CartRules.Setting(line: id, quantity: line.quantity)
        }
        return (settings, version.map(Int64.init))
    }
}
