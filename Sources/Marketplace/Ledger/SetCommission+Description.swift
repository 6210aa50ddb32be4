// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SetCommission {
    static let description = RouteDescription(
        tag: .ledger, summary: "Set a commission rule",
        text: """
            The next version of the rule of a scope: it closes the one before where it begins, and nothing that was ordered \
            before changes. Of the rules that fit a sale, that of the product goes before that of the seller in the category, \
            then the seller's, then the nearest category's, then the global one. The commission of a line is half-up(taxable \
            value × rate) + fixed fee × quantity, no less than `min_fee` and no more than `max_fee`.
            """,
        body: .json(
            .object([
                .required("scope", CommissionSchema.scope), .required("rate_bps", CommissionSchema.rate),
                .optional("fixed_fee", CommissionSchema.fee.says("For each unit.")),
                .optional("min_fee", CommissionSchema.fee.says("Of a line.")),
                .optional("max_fee", CommissionSchema.fee.says("Of a line.")),
                .optional("include_shipping", .boolean(example: false)),
                .optional(
                    "gst_rate_bps",
                    CommissionSchema.rate.defaults(to: .int(NewCommission.gstRateDefault)).says(
                        "Tax on the commission.")),
                .required("effective_from", CommissionSchema.moment.says("Now, or later.")),
                .optional("effective_to", CommissionSchema.moment),
                .required("note", .string(length: 1...2000, example: "Festival season")),
            ]).named("CommissionInput")),
        answers: [.json(.created, "The version.", CommissionSchema.rule)], problems: [.notFound, .validationFailed])
}
