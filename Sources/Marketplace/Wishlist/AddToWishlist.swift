// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/wishlist/add/`: puts a variant by that buyers can see. What is on the list stays there once; what its owner is told of is as asked.
struct AddToWishlist: Sendable {
    let dependencies: WishlistDependencies

    private struct Input: Sendable {
        let variant: VariantID
        let notify: WishlistNews?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, notify) = try Self.read(request)
            guard let variant = VariantID(text), try await dependencies.offers([variant])[variant]?.sellable == true
            else {
                throw Problem(.notFound)
            }
            return Input(variant: variant, notify: notify)
        } _: { transaction, input in
            let added = try await WishlistStore.add(
                input.variant, to: caller.user, notify: input.notify, in: transaction)
            switch added {
            case .added, .known: break
            case .unknown: throw Problem(.notFound)
            case .full:
                throw Problem(
                    .validationFailed, detail: "A wishlist has at most \(WishlistStore.itemsMax) items.",
                    errors: [.init(pointer: "/variant_id", code: "too-many", message: "the list is full")])
            }
            var json = JSONWriter(capacity: 64)
            json.object { json in
                json.field("variant_id", input.variant)
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
