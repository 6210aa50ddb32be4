// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/cart/update/`: sets the quantities of lines, 0 removes one, whom the cart is for and where it goes. All or nothing.
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
    private static func read(_ request: RequestContext) throws -> CartEndpoint.Wanted<[CartRules.Setting]> {
        typealias Line = (id: String, quantity: Int)
        var address: String??
        let (lines, common) = try request.json { body -> ([Line], CartEndpoint.CommonFields) in
            let common = CartEndpoint.CommonFields(&body)
            if body.contains("shipping_address_id") {
                address = .some(body.optionalString("shipping_address_id", length: 1...64))
            }
            let saysMore = common.company != nil || address != nil
            guard !saysMore || body.contains("lines") else { return ([], common) }
            let lines = body.array("lines", count: 1...CartState.linesMax) { line in
                (
                    id: line.string("line_id", length: 1...64),
                    quantity: line.int("quantity", in: 0...Int(Quantity.range.upperBound))
                )
            }
            return (lines, common)
        }
        let settings = try lines.map { line in
            guard let id = CartLineID(line.id) else { throw Problem(.notFound) }
            return CartRules.Setting(line: id, quantity: line.quantity)
        }
        var wanted = try common.wanted(settings)
        switch address {
        case nil: break
        case .some(nil): wanted.address = .nowhere
        case .some(let text?):
            guard let id = AddressID(text) else { throw Problem(.notFound) }
            wanted.address = .to(id)
        }
        return wanted
    }
}
