// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/wishlist/remove/`: takes a variant off the list. What is not on it stays off it.
struct RemoveFromWishlist: Sendable {
    let dependencies: WishlistDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try request.json { body in body.string("variant_id", length: 1...64) }
        } _: { transaction, text in
            if let variant = VariantID(text) {
                try await WishlistStore.remove(variant, from: caller.user, in: transaction)
            }
            return .noContent
        }
    }
}
