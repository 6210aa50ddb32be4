// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/wishlist/add/`: puts a variant by. What is on the list stays there once; what its owner is told of is as asked.
struct AddToWishlist: Sendable {
    let dependencies: WishlistDependencies

    private struct Input: Sendable {
        let offer: Offer
        let notify: WishlistNews?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, notify) = try Self.read(request)
            guard let variant = VariantID(text), let offer = try await dependencies.offers([variant])[variant] else {
                throw Problem(.notFound)
            }
            return Input(offer: offer, notify: notify)
        } _: { transaction, input in
            let offer = input.offer
            let added = try await WishlistStore.add(
                offer.variant, to: caller.user, notify: input.notify,
                price: offer.unitPrice(quantity: offer.minQuantity), in: transaction)
            if added == .full {
                throw Problem(
                    .validationFailed, detail: "A wishlist has at most \(WishlistStore.itemsMax) items.",
                    errors: [.init(pointer: "/variant_id", code: "too-many", message: "the list is full")])
            }
            var json = JSONWriter(capacity: 64)
            json.object { json in
                json.field("variant_id", offer.variant)
                json.fieldIfPresent("notify", input.notify?.rawValue)
            }
            return HTTPResponse(.ok, body: json.bytes)
        }
    }

    private static func read(_ request: RequestContext) throws -> (variant: String, notify: WishlistNews?) {
        try request.json { body in
            let variant = body.string("variant_id", length: 1...64)
            let notify = body.optionalParsed("notify", length: 1...16) { WishlistNews(rawValue: $0) }
            return (variant, notify)
        }
    }
}
