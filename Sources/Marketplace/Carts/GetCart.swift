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
        // A token that goes out with this answer has no cart yet.
        guard access.issued == nil else {
            let id: CartID = dependencies.ids.next()
            let empty = CartState(id: id, owner: access.owner, version: 1, lines: [], updatedAt: id.createdAt)
            return try endpoint.response(empty, [:], nil, issued: access.issued)
        }
        // Another process may have changed it a moment ago, for the same person.
        let state = try await dependencies.carts.withCart(of: access.owner) { cart in
            try await cart.read(fresh: true, now: dependencies.monotonic())
        }
        let offers = try await dependencies.ports.offers(state.lines.map(\.variant), state.company)
        let destination = try await endpoint.destination(of: state)
        return try endpoint.response(state, offers, destination, issued: access.issued)
    }
}
