// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ExplainOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Explain an order's prices",
        text: """
            For each line where its price, discount, tax and commission come from, as they were frozen when the order was made. Buyers see \
            prices and taxes, sellers the lines of their own parts with the commission and the entries of the ledger as far as they are about their own \
            accounts, admins (`orders:read`) all lines and all entries. `price` is null for lines of before its source was kept.
            """,
        parameters: [.query("id", "The order.", .id(OrderID.self), isRequired: true)],
        answers: [
            .json(
                .ok, "The explanation.",
                .object(
                    [
                        .required("order_id", .id(OrderID.self)), .required("currency", .currency),
                        .required("lines", .array(of: line)),
                        .optional(
                            "ledger_entries",
                            Schema.array(of: ReadAnyOrder.entry, example: []).says("For sellers and admins.")),
                    ], isClosed: true
                ).named("OrderExplanation"))
        ], problems: [.notFound, .validationFailed])

    private static let line = Schema.object(
        [
            .required("line_id", .id(OrderLineID.self)), .required("seller_order_id", .id(SellerOrderID.self)),
            .required("sku", .string(example: "SPK-1-1")),
            .required("title", .string(example: "Walnut bookshelf speaker")), .required("quantity", .quantity),
            .required("unit_price", .money(119_900)), .required("price", price.orNull),
            .required(
                "discounts",
                .array(of: .object([.required("amount", .money(1_000))], isClosed: true), example: [])),
            .required(
                "tax",
                .object(
                    [
                        .required("rule", taxRule), .required("taxable_value", .money(220_170)),
                        .required("cgst", .money(19_815)), .required("sgst", .money(19_815)),
                        .required("igst", .money(0)),
                    ], isClosed: true)),
            .required("total", .money(259_800)),
            .optional("commission", OrderSchema.commission.orNull),
        ], isClosed: true)

    private static let tier = Schema.object(
        [.required("min_quantity", .quantity), .required("price", .money(119_900))], isClosed: true)

    private static let price = Schema.object(
        [
            .required(
                "source",
                Schema.choice(PriceSource.allCases.map(\.rawValue), example: "tier").says(
                    "A company's list goes before a tier, a tier before the base price.")),
            .optional(
                "price_list_id", Schema.id(PriceListID.self).says("The list that the seller had for the company.")),
            .optional("tier", tier.says("The one that applied.")),
            .required("base_price", .money(129_900)), .required("tiers", .array(of: tier, example: [])),
            .required("list_tiers", .array(of: tier, example: [])),
        ], isClosed: true)

    private static let taxRule = Schema.object(
        [
            .required("hsn_code", .string(length: 2...8, example: "851822")),
            .required("rate_bps", .integer(0...10_000, example: 1_800)),
            .required("price_includes_tax", .boolean(example: true)),
            .optional("place_of_supply", .string(length: 2...2, example: "KA")),
            .optional("supply", .choice(["intra_state", "inter_state"], example: "intra_state")),
        ], isClosed: true)
}
