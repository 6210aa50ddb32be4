// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of products.
enum ProductSchema {
    static let rating = Schema.object(
        [
            .required("average", .number(0...5, example: "4.37")),
            .required("count", .integer(0...Int.max, example: 112)),
        ],
        isClosed: true
    ).named("Rating")

    static let seller = Schema.object(
        [
            .required("id", .id(SellerID.self)), .required("name", .string(example: "Asha Electronics")),
            .required("rating", rating),
        ], isClosed: true
    ).named("SellerCard")

    static let slug = Schema.string(length: 1...200, example: "walnut-bookshelf-speaker")

    private static let priceSource = Schema.choice(PriceSource.allCases.map(\.rawValue), example: "company_list")

    private static let cardMembers: [Schema.Property] = [
        .required("id", .id(ProductID.self)), .required("slug", slug),
        .required("title", .string(length: 1...300, example: "Walnut bookshelf speaker")),
        .required("thumbnail_url", Schema.string(example: "https://img.mve.test/walnut-160.webp").orNull),
        .required("seller", seller), .required("price", Schema.money(129_900)),
        .optional(
            "price_source", priceSource.says("With `company_id`: where the price of the cheapest variant comes from.")),
        .optional("compare_at_price", .money(149_900)),
        .required("price_is_from", .boolean(example: true)), .required("in_stock", .boolean(example: true)),
        .required("rating", rating), .required("category_id", .id(CategoryID.self)),
        .required("badges", .array(of: .string(example: "bestseller"))),
    ]

    /// A product in a list.
    static let card = Schema.object(cardMembers, isClosed: true).named("ProductCard")

    /// A product that a search found.
    static let hit = Schema.object(
        cardMembers + [
            .required(
                "highlights",
                .object(
                    [
                        .optional("title", .string(example: "Walnut bookshelf <mark>speaker</mark>")),
                        .optional("description", .string(example: "A pair of <mark>speakers</mark>")),
                    ], isClosed: true))
        ], isClosed: true
    ).named("ProductHit")

    static let tier = Schema.object(
        [.required("min_quantity", .integer(1...Int.max, example: 10)), .required("price", .money(119_900))],
        isClosed: true
    ).named("PriceTier")

    static let choices = Schema.map(
        of: .string(example: "walnut"), example: ["colour": "walnut"])

    private static let variant = Schema.object(
        [
            .required("id", .id(VariantID.self)), .required("sku", .string(length: 1...100, example: "SPK-1-1")),
            .required("options", choices), .required("price", .money(129_900)),
            .optional("price_source", priceSource.says("With `company_id`.")),
            .optional("compare_at_price", .money(149_900)), .required("tiers", .array(of: tier)),
            .required("min_quantity", .integer(1...Int.max, example: 1)),
            .optional("max_quantity", .integer(1...Int.max, example: 50)),
            .required("step", .integer(1...Int.max, example: 1)),
            .required(
                "available",
                Schema.integer(0...Variant.availableShownMax, example: 3).orNull
                    .says("Exact up to \(Variant.availableShownMax); null where there are more.")),
            .required("weight_g", .integer(0...Int.max, example: 4_200)),
            .optional("barcode", .string(example: "8901234567894")), .required("is_default", .boolean(example: true)),
        ], isClosed: true
    ).named("Variant")

    static let image = Schema.object([
        .optional("id", .id(ImageID.self)), .optional("url", .string(example: "https://img.mve.test/walnut.webp")),
        .optional(
            "thumbnails", .map(of: .string(example: ""), example: ["160": "https://img.mve.test/walnut-160.webp"])),
        .optional("alt", Schema.string(example: "Front view").orNull),
    ])

    /// Texts, numbers and booleans.
    static let attributes = Schema.map(
        of: .anyOf([
            .string(example: ""),
            .number(
                Int(ProductLimits.attributeNumber.lowerBound)...Int(ProductLimits.attributeNumber.upperBound),
                example: "7.5"), .boolean(example: true),
        ]), example: ["material": "walnut", "watts": .int(40), "wireless": .bool(false)])

    private static let detailMembers: [Schema.Property] = [
        .required("description", .string(length: 0...20_000, example: "Two-way speaker in a walnut cabinet.")),
        .required("images", .array(of: image)),
        .required("attributes", attributes),
        .required(
            "options",
            .array(
                of: .object([
                    .required("name", .string(example: "colour")),
                    .required("values", .array(of: .string(example: "walnut"))),
                ]))),
        .required("variants", .array(of: variant)),
        .required("hsn_code", .string(length: 2...8, example: "851822")),
        .required("gst_rate_bps", .integer(0...10_000, example: 1_800)),
        .required("status", .choice(["draft", "active", "unlisted", "archived"], example: "active")),
        .required("moderation", moderation), .optional("b2b", terms),
        .required(
            "return_policy",
            .object([
                .required("days", .integer(0...Int.max, example: 7)), .required("returnable", .boolean(example: true)),
            ])),
        .required("created_at", .timestamp), .required("updated_at", .timestamp), .required("version", .version),
    ]

    private static let moderation = Schema.object(
        [
            .required("status", .choice(["approved"], example: "approved"))
        ], isClosed: true)

    static let terms = Schema.object(
        [
            .required("moq", .integer(1...Int.max, example: 1)), .required("step", .integer(1...Int.max, example: 1)),
            .required("tiers", .array(of: tier)),
        ], isClosed: true)

    /// A product in full.
    static let product = Schema.object(cardMembers + detailMembers, isClosed: true).named("Product")
}
