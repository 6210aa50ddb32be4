// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/cart/get/`: the cart with prices and problems computed now; empty, never 404, and no row before its first change.
struct GetCart: Sendable {
    let endpoint: CartEndpoint

    func handle(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let access = try endpoint.access(request, caller)
        let dependencies = endpoint.dependencies
        // Another process may have changed it a moment ago, for the same person. One without a row is remembered from here on, so
        // that whoever comes back with the token that goes out with this answer sees the same cart.
        let state = try await dependencies.carts.withCart(of: access.owner) { cart in
            try await cart.read(fresh: true, now: dependencies.monotonic())
        }
        let offers = try await dependencies.ports.offers(state.lines.map(\.variant), state.company)
        let destination = try await endpoint.destination(of: state)
        return try endpoint.response(state, offers, destination, issued: access.issued)
    }
}
