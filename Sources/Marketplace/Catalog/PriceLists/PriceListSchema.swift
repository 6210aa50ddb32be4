// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of price lists.
enum PriceListSchema {
    static let name = Schema.string(length: 1...120, example: "Wholesale 2027")
    static let time = Schema.string(format: "date-time", example: "2027-01-01T00:00:00.000Z")

    /// As they are sent: nothing is for nothing.
    static let newEntries = entries(
        price: .object([
            .required("amount", .integer(ProductLimits.price, example: 89_900)), .required("currency", .currency),
        ]))

    private static func entries(price: Schema) -> Schema {
        let tier = Schema.object([.required("min_quantity", .quantity), .required("price", price)])
        return .array(
            of: .object([
                .required("variant_id", .id(VariantID.self)),
                .required(
                    "tiers",
                    .array(of: tier, count: 1...PriceList.tiersMax).says("Quantities rise, prices fall.")),
            ]), count: 1...PriceList.entriesMax)
    }

    static let companies = Schema.array(of: .id(CompanyID.self), count: 0...PriceList.companiesMax)

    private static let members: [Schema.Property] = [
        .required("id", .id(PriceListID.self)), .required("name", name), .required("currency", .currency),
        .optional("starts", .timestamp), .optional("ends", .timestamp),
        .required("in_force", .boolean(example: true)), .required("entry_count", .integer(0...Int.max, example: 12)),
        .required("company_count", .integer(0...Int.max, example: 3)), .required("created_at", .timestamp),
        .required("version", .version),
    ]

    static let summary = Schema.object(members, isClosed: true).named("PriceListSummary")
    static let list = Schema.object(
        members + [.required("entries", entries(price: .money(89_900))), .required("company_ids", companies)],
        isClosed: true
    ).named("PriceList")

    static let answer = RouteAnswer.json(.ok, "The list as it is now.", list, headers: [.etag])
}
