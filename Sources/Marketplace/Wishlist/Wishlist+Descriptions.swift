// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of wishlists.
private enum WishlistSchema {
    static let notify = Schema.choice(of: WishlistNews.self, example: .price)

    static let item = Schema.object(
        [
            .required("variant_id", .id(VariantID.self)),
            .required("available", Schema.boolean(example: true).says("Whether it is offered to buyers now.")),
            .optional(
                "product",
                Schema.object(
                    [
                        .required("id", .id(ProductID.self)),
                        .required("slug", .string(length: 1...200, example: "walnut-bookshelf-speaker")),
                        .required("title", .string(length: 1...300, example: "Walnut bookshelf speaker")),
                        .optional("thumbnail_url", .string(example: "https://img.mve.test/walnut-160.webp")),
                    ], isClosed: true
                ).says("Absent where the variant is not offered now, and with it the seller and the price.")),
            .optional("seller", Schema.sellerName), .optional("price", .money(129_900)),
            .optional("in_stock", .boolean(example: true)), .optional("notify", notify),
            .required("added_at", .timestamp),
        ], isClosed: true
    ).named("WishlistItem")
}

extension ReadWishlist {
    static let description = RouteDescription(
        tag: .wishlist, summary: "Read the wishlist", text: "The newest first, at today's prices.",
        parameters: RouteParameter.page(sortedBy: "-added_at"),
        answers: [.json(.ok, "The page.", .page(of: WishlistSchema.item))],
        problems: [.invalidCursor, .validationFailed])
}

extension AddToWishlist {
    static let description = RouteDescription(
        tag: .wishlist, summary: "Put a variant by",
        text: """
            Of what is offered to buyers. At most \(WishlistStore.itemsMax). With `notify` its owner is told once when it costs less than they have seen, or when it \
            comes back into stock; adding it again says anew what they want to know.
            """,
        body: .json(
            .object([
                .required("variant_id", .id(VariantID.self)), .optional("notify", WishlistSchema.notify.orNull),
            ]).named("WishlistAddition")),
        answers: [
            .json(
                .ok, "It is on the list.",
                .object(
                    [
                        .required("variant_id", .id(VariantID.self)), .optional("notify", WishlistSchema.notify),
                    ], isClosed: true))
        ], problems: [.notFound])
}

extension RemoveFromWishlist {
    static let description = RouteDescription(
        tag: .wishlist, summary: "Take a variant off the list", text: "What is not on the list stays off it.",
        body: .json(.object([.required("variant_id", .id(VariantID.self))]).named("WishlistRemoval")),
        answers: [.empty(.noContent, "It is not on the list.")])
}
