// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/cart/clear/`: takes out all lines; an empty cart stays as it is.
struct ClearCart: Sendable {
    let endpoint: CartEndpoint

    func handle(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let clock = endpoint.dependencies.clock
        return try await endpoint.change(
            request, caller,
            wants: { request in
                guard !request.body.isEmpty else { return CartEndpoint.Wanted(wish: ()) }
                return try request.json { body in
                    CartEndpoint.Wanted(
                        wish: (), expectedVersion: body.optionalInt("expected_version").map(Int64.init))
                }
            }, variants: { _ in [] },
            decide: { _, cart, _ throws(CartError) in
                CartRules.removing(where: { _ in true }, from: cart, now: clock.now())
            })
    }
}
