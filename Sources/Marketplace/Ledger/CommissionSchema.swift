// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of commission rules.
enum CommissionSchema {
    private static let ids: [Schema.Property] = [
        .optional("category_id", .id(CategoryID.self)), .optional("seller_id", .id(SellerID.self)),
        .optional("product_id", .id(ProductID.self)),
    ]
    private static let types = Schema.choice(of: CommissionScopeType.self, example: .global)

    static let scope = Schema.object([.required("type", types)] + ids, isClosed: true).example(["type": "global"])
        .named("CommissionScope").says("With the ids that the type names, and no others.")

    static let type = types
    static let rate = Schema.integer(NewCommission.rates, example: 1250).says("Hundredths of a percent.")
    static let moment = Schema.string(format: "date-time", example: "2030-01-01T00:00:00Z")

    static let fee = Schema.object([
        .required("amount", .integer(NewCommission.fees, example: 500).says("Minor units (paise).")),
        .required("currency", .constant("INR")),
    ]).named("CommissionFee")

    static let rule = Schema.object(
        [
            .required("id", .id(CommissionID.self).says("Of this very version; orders are frozen with it.")),
            .required("version", .integer(1...Int.max, example: 2).says("Counts the versions of the scope.")),
            .required("scope", scope), .required("rate_bps", rate),
            .required("fixed_fee", .money(500).says("For each unit.")),
            .optional("min_fee", .money(1000).says("Of a line.")),
            .optional("max_fee", .money(100_000).says("Of a line.")),
            .required("include_shipping", .boolean(example: false)),
            .optional(
                "gst_rate_bps",
                rate.says(
                    "Tax on the commission. Without it (agreed when the seller was approved), the rate of the day on which the sale is earned."
                )),
            .required("effective_from", .timestamp), .optional("effective_to", .timestamp),
            .required("note", .string(length: 1...2000, example: "Festival season")),
            .optional("set_by", .id(UserID.self).says("Without: agreed when the seller was approved.")),
        ], isClosed: true
    ).named("CommissionRule")
}
