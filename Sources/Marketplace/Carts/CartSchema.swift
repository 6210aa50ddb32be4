// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of carts.
enum CartSchema {
    private static let problem = Schema.object(
        [
            .required(
                "code",
                .choice(
                    [
                        "insufficient-stock", "price-changed", "below-minimum-quantity", "not-a-multiple",
                        "above-maximum-quantity", "seller-unavailable", "not-available",
                    ], example: "price-changed")),
            .required("line_id", .id(CartLineID.self)),
            .required("message", .string(example: "the price changed since it was added")),
        ], isClosed: true
    ).named("CartProblem")

    private static let product = Schema.object(
        [
            .required("id", .id(ProductID.self)),
            .required("slug", .string(length: 1...200, example: "walnut-bookshelf-speaker")),
            .required("title", .string(length: 1...300, example: "Walnut bookshelf speaker")),
            .optional("thumbnail_url", .string(example: "https://img.mve.test/walnut-160.webp")),
        ], isClosed: true)

    static let note = Schema.string(length: 0...500, example: "Please leave the crate out.")

    private static let line = Schema.object(
        [
            .required("id", .id(CartLineID.self)), .required("variant_id", .id(VariantID.self)),
            .optional("product", product.says("Absent where the variant is no longer offered.")),
            .optional("seller", Schema.sellerName), .required("quantity", .quantity),
            .required("unit_price", .money(129_900)),
            .required("price_source", .choice(PriceSource.allCases.map(\.rawValue), example: "base")),
            .required("line_discount", .money(0)),
            .required("line_tax", .money(39_630)), .required("line_total", .money(259_800)), .optional("note", note),
            .required("problems", .array(of: problem, example: [])),
        ], isClosed: true
    ).named("CartLine")

    private static let group = Schema.object(
        [
            .required("seller", Schema.sellerName.orNull), .required("lines", .array(of: line)),
            .required("subtotal", .money(259_800)), .required("shipping_options", nothingYet),
        ], isClosed: true)

    /// Lists of what is not offered yet.
    private static let nothingYet = Schema.array(of: .object([]), count: 0...0, example: [])

    /// The cart, which every endpoint answers with.
    static let cart = Schema.object(
        [
            .required("id", .id(CartID.self)),
            .required("version", .integer(1...Int.max, example: 3).says("Raised by every change; 1 before the first.")),
            .required("currency", .currency), .required("groups", .array(of: group).says("One per seller.")),
            .required("coupons", nothingYet), .required("totals", .totals),
            .required("problems", .array(of: problem, count: 0...4 * CartState.linesMax, example: [])),
            .optional(
                "company_id",
                .id(CompanyID.self).says(
                    "The company that is bought for, at its prices; absent: the caller alone, or nobody yet.")),
            .optional("shipping_address_id", .id(AddressID.self).says("Where it goes, as far as it was said.")),
            .required("updated_at", .timestamp),
        ], isClosed: true
    ).named("Cart")

    /// The company that a cart shall be for, or null.
    static let company = Schema.id(CompanyID.self).orNull

    static let companyWish = Schema.Property.optional(
        "company_id",
        company.says(
            """
            From now on the cart is for this company, at its prices; null: for the caller alone, as long as it has lines. Absent: as \
            before, and an empty cart that is for no company takes the caller's only one with its first line.
            """))

    static let expectedVersion = Schema.Property.optional(
        "expected_version",
        Schema.integer(example: 3).orNull.says("The version that is to be changed: 412 where it is another one by now.")
    )

    static let parameters = [
        RouteParameter.header(
            "X-Cart-Token", "Whose cart it is, where no access token is sent.",
            .string(example: "q8Zr1mVt5c0L2pXw7yBn4dKs9fHg3jTe6uRa8oPi1vM"))
    ]

    /// Of what changes it.
    static let writeParameters = parameters + [.ifMatch]

    static let answers = [
        RouteAnswer.json(.ok, "The cart as it is now.", cart, headers: [.etag, .cartToken])
    ]
}
