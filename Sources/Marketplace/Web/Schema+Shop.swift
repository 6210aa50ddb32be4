// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore

/// The shapes that every part of the API speaks in.
extension Schema {
    /// The digits of the examples' ids.
    private static let idDigits = "01jd3k5v8x9ya"

    /// An id of one kind: its prefix and 13 digits.
    public static func id<Kind: IDKind>(_ type: ID<Kind>.Type) -> Schema {
        let prefix = Kind.prefix.description
        return .string(pattern: "^\(prefix)[0-7][0-9a-hjkmnp-tv-z]{12}$", example: prefix + idDigits)
    }

    /// An amount of money in an answer.
    public static func money(_ amount: Int) -> Schema {
        money.example(["amount": .int(amount), "currency": "INR"])
    }

    private static let money = Schema.object(
        [
            .required("amount", .integer(example: 129_900).says("Minor units (paise).")),
            .required("currency", .currency),
        ],
        isClosed: true
    ).named("Money")

    /// A currency's code.
    public static let currency = Schema.string(pattern: "^[A-Z]{3}$", example: "INR").says("ISO 4217.")

    /// A moment in UTC, to the millisecond.
    public static let timestamp = Schema.string(
        pattern: #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"#, format: "date-time",
        example: "2026-11-23T20:18:43.120Z")

    /// The version of an object that has been stored.
    public static let version = Schema.integer(1...Int.max, example: 3).says("Raised by every change.")

    /// How many pieces.
    public static let quantity = Schema.integer(
        Int(Quantity.range.lowerBound)...Int(Quantity.range.upperBound), example: 2)

    /// A seller as lines and orders name it.
    public static let sellerName = Schema.object(
        [.required("id", .id(SellerID.self)), .required("name", .string(example: "Asha Electronics"))], isClosed: true
    ).named("SellerName")

    /// The sums of a cart, an order, or a seller's part of one.
    public static let totals = Schema.object(
        [
            .required("subtotal", .money(259_800)), .required("discount", .money(0)), .required("shipping", .money(0)),
            .required(
                "tax",
                .object(
                    [
                        .required("cgst", .money(19_815)), .required("sgst", .money(19_815)),
                        .required("igst", .money(0)), .required("total", .money(39_630)),
                    ], isClosed: true)),
            .required("grand_total", .money(259_800)),
        ], isClosed: true
    ).named("Totals")

    /// A page of a list.
    /// - Parameters:
    ///   - isCounted: whether the list tells how many there are when asked.
    ///   - others: what else belongs to the answer.
    public static func page(of item: Schema, isCounted: Bool = false, with others: [Property] = []) -> Schema {
        var page: [Property] = [
            .required(
                "limit",
                .integer(PageRequest.limitRange, example: PageRequest.limitDefault)),
            .required(
                "next_cursor",
                .string(example: "AgAABiE0mwZxSAAAAZEh").orNull.says("The next page; null at the end of the list.")),
            .required("has_more", .boolean(example: true)),
        ]
        if isCounted {
            page += [
                .optional("count", .integer(0...Int.max, example: 137).says("With `include=count`.")),
                .optional("count_is_estimate", .constant(true).says("There are more than `count`.")),
            ]
        }
        return .object(
            [
                .required("data", .array(of: item, count: 0...PageRequest.limitRange.upperBound)),
                .required("page", .object(page, isClosed: true)),
            ] + others, isClosed: true)
    }

    /// A problem document (RFC 9457).
    public static let problem = Schema.object([
        .required(
            "type",
            .string(pattern: "^https://errors\\.mve\\.dev/[a-z-]+$", format: "uri", example: "")
                .says("The code as a stable URI.")),
        .required("title", .string(example: "").says("The same for every occurrence of the code.")),
        .required("status", .integer(400...599, example: 404)),
        .optional("detail", .string(example: "").says("What is special about this occurrence.")),
        .required(
            "instance",
            .string(pattern: "^/requests/[0-9A-HJKMNP-TV-Z]{26}$", example: "")
                .says("Names the request, as `X-Request-Id` does.")),
        .required("code", .string(pattern: "^[a-z-]+$", example: "")),
        .optional("errors", .array(of: problemItem).says("Its single faults.")),
        .optional(
            "refundable", Schema.money(120_000).says("With `refund-exceeds-refundable`: what can still go back.")),
    ]).named("Problem").says("Other members depend on the code.")

    private static let problemItem = Schema.object([
        .optional(
            "pointer",
            .string(example: "/lines/1").says(
                "JSON pointer into the request's body, or `/` and the name of a parameter.")),
        .required("code", .string(pattern: "^[a-z-]+$", example: "insufficient-stock")),
        .required("message", .string(example: "2 requested, 1 available")),
        .optional("expected", Schema.money(259_800).says("With `price-changed`: what was asked for.")),
        .optional("actual", Schema.money(274_800).says("And what it costs now.")),
    ]).named("ProblemItem")
}
