// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of products as their sellers and admins have them.
enum OwnedProductSchema {
    private static let stock = Schema.object(
        [
            .required("on_hand", .integer(0...Int.max, example: 40)),
            .required("reserved", .integer(0...Int.max, example: 3)),
            .required("available", .integer(0...Int.max, example: 37)),
        ], isClosed: true
    ).named("VariantStock")

    private static let variantStatus = Schema.choice(["active", "waiting", "archived"]).says(
        "`waiting`: its options are those of a revision that is not approved yet.")

    private static let variant = Schema.object(
        [
            .required("id", .id(VariantID.self)), .required("sku", .string(length: 1...100, example: "SPK-1-1")),
            .required("status", variantStatus), .required("options", ProductSchema.choices),
            .required("price", .money(129_900)), .optional("compare_at_price", .money(149_900)),
            .required("tiers", .array(of: ProductSchema.tier)),
            .required("min_quantity", .integer(1...Int.max, example: 1)),
            .optional("max_quantity", .integer(1...Int.max, example: 50)),
            .required("step", .integer(1...Int.max, example: 1)),
            .required("weight_g", .integer(0...Int.max, example: 4_200)),
            .optional("barcode", .string(example: "8901234567894")), .required("is_default", .boolean(example: true)),
            .required("available", .integer(0...Int.max, example: 37)), .required("stock", stock),
        ], isClosed: true
    ).named("OwnedVariant")

    private static let listing = Schema.choice(of: ProductListing.self, example: .active)
    private static let moderationState = Schema.choice(of: ProductModeration.self, example: .approved)

    private static let moderation = Schema.object(
        [
            .required("status", moderationState),
            .optional("reason", .string(example: "The pictures are of another product.")),
            .optional("revision", Schema.integer(1...Int.max, example: 2).says("The newest revision.")),
        ], isClosed: true
    ).named("OwnedModeration")

    private static let members: [Schema.Property] = [
        .required("id", .id(ProductID.self)), .required("slug", ProductSchema.slug),
        .required("title", .string(length: 1...300, example: "Walnut bookshelf speaker")),
        .required("thumbnail_url", Schema.string(example: "https://img.mve.test/walnut-160.webp").orNull),
        .required("seller", ProductSchema.seller), .required("price", Schema.money(129_900).orNull),
        .optional("compare_at_price", .money(149_900)), .required("price_is_from", .boolean(example: true)),
        .required("in_stock", .boolean(example: true)), .required("rating", ProductSchema.rating),
        .required("category_id", .id(CategoryID.self)),
        .required("badges", .array(of: .string(example: "bestseller"))),
        .required("brand", Schema.string(example: "Dhwani").orNull),
        .required("description", .string(length: 0...20_000, example: "Two-way speaker in a walnut cabinet.")),
        .required("images", .array(of: ProductSchema.image)),
        .required("attributes", ProductSchema.attributes),
        .required(
            "options",
            .array(
                of: .object([
                    .required("name", .string(example: "colour")),
                    .required("values", .array(of: .string(example: "walnut"))),
                ]))),
        .required("variants", .array(of: variant)),
        .required("hsn_code", .string(length: 2...8, example: "851822")),
        .required("gst_rate_bps", .integer(0...10_000, example: 1_800)), .required("status", listing),
        .required("moderation", moderation), .optional("b2b", ProductSchema.terms),
        .required(
            "return_policy",
            .object([
                .required("days", .integer(0...Int.max, example: 7)), .required("returnable", .boolean(example: true)),
            ])),
        .required("created_at", .timestamp), .required("updated_at", .timestamp), .required("version", .version),
    ]

    private static let anything = Schema.anyOf([
        .string(example: "Walnut speaker"), .integer(example: 1_800), .array(of: .object([])), .object([]), .null,
    ])

    private static let revision = Schema.object(
        [
            .required("number", .integer(1...Int.max, example: 2)), .required("submitted_at", .timestamp),
            .required(
                "diff",
                .array(
                    of: .object(
                        [
                            .required("field", .string(example: "title")), .required("before", anything),
                            .required("after", anything),
                        ], isClosed: true))),
        ], isClosed: true
    ).named("ProductRevision").says("What waits for a decision; `before` is null where nothing was approved yet.")

    private static let stage = Schema.object(
        [.required("status", listing), .required("moderation", moderationState)], isClosed: true)

    private static let history = Schema.object(
        [
            .required("at", .timestamp), .required("event", .string(example: "approve")), .required("from", stage),
            .required("to", stage), .optional("revision", .integer(1...Int.max, example: 2)),
            .required("actor", Schema.string(example: "usr_01jd3k5v8x9ya").says("A user, or `system`.")),
            .optional("reason_code", .string(example: "images")), .optional("note", .string(example: "Too dark.")),
            .optional("request_id", .string(example: "01JD3K5V8X9YA0000000000000")),
        ], isClosed: true
    ).named("ProductHistoryEntry")

    /// What writing answers.
    static let product = Schema.object(members, isClosed: true).named("OwnedProduct")

    /// The seller's detail.
    static let detail = Schema.object(members + [.required("revision", revision.orNull)], isClosed: true)
        .named("OwnedProductDetail")

    /// The reviewer's detail.
    static let review = Schema.object(
        members + [
            .required("revision", revision.orNull), .required("history", .array(of: history)),
            .required("flags", .array(of: .choice(GetProductForReview.flags))),
        ], isClosed: true
    ).named("ReviewedProduct")

    private static let summaryMembers: [Schema.Property] = [
        .required("id", .id(ProductID.self)), .required("slug", ProductSchema.slug),
        .required("title", .string(length: 1...300, example: "Walnut bookshelf speaker")),
        .required("thumbnail_url", Schema.string(example: "https://img.mve.test/walnut-160.webp").orNull),
        .required("seller", .sellerName), .required("category_id", .id(CategoryID.self)),
        .required("price", Schema.money(129_900).orNull), .required("price_is_from", .boolean(example: true)),
        .required("status", listing), .required("moderation", moderation),
        .required(
            "variants",
            .array(
                of: Schema.object(
                    [
                        .required("id", .id(VariantID.self)), .required("sku", .string(example: "SPK-1-1")),
                        .required("status", .choice(["active", "waiting"])),
                        .required("options", ProductSchema.choices), .required("price", .money(129_900)),
                        .required("stock", stock),
                    ], isClosed: true
                ).named("VariantSummary"))),
        .required("created_at", .timestamp), .required("updated_at", .timestamp), .required("version", .version),
    ]

    /// A product in a list.
    static let summary = Schema.object(summaryMembers, isClosed: true).named("ProductSummary")

    /// A product in the list of what waits.
    static let pending = Schema.object(
        summaryMembers + [
            .required("submitted_at", .timestamp), .required("waiting_hours", .integer(0...Int.max, example: 5)),
        ], isClosed: true
    ).named("PendingProduct")
}
