// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadCommissions {
    private static let rules = Schema.array(of: CommissionSchema.rule, count: 0...Int(CommissionStore.shownMax))

    private static let listed = Schema.object(
        [
            .required("in_force", rules.says("At most one of each scope.")),
            .required("upcoming", rules), .required("history", rules),
        ], isClosed: true
    ).named("CommissionRules")

    private static let explained = Schema.object(
        [
            .required("applies", CommissionSchema.rule.orNull),
            .required(
                "considered",
                .array(
                    of: .object(
                        [
                            .required("rule", CommissionSchema.rule), .required("matched", .boolean(example: true)),
                            .required("why", .string(example: "the most specific rule in force")),
                        ], isClosed: true
                    ).named("ConsideredCommission"))),
        ], isClosed: true
    ).named("CommissionExplained")

    static let description = RouteDescription(
        tag: .ledger, summary: "Read commission rules",
        text: """
            Rules in force, to come and of the past, newest first. With `product_id` and `seller_id` and no `scope`: which rule \
            applies to that sale at that moment, and every version that was considered, by precedence.
            """,
        parameters: [
            .query("scope", "Rules of that type of scope.", CommissionSchema.type),
            .query("category_id", "Rules for that category itself.", .id(CategoryID.self)),
            .query("seller_id", "Rules for that seller.", .id(SellerID.self)),
            .query("product_id", "Rules for that product.", .id(ProductID.self)),
            .query("at", "The moment; now unless given.", CommissionSchema.moment),
        ],
        answers: [.json(.ok, "The rules, or what applies.", .anyOf([listed, explained]))],
        problems: [.notFound, .validationFailed])
}
