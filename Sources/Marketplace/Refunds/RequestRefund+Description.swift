// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RequestRefund {
    static let description = RouteDescription(
        tag: .admin, summary: "Give money back",
        text: """
            Of an order or of one seller's part of it, exactly one of them: `lines` (without an amount in the proportion of the units), \
            `shipping`, and goodwill as `amount`; without any of these, everything that remains. Several payments give back newest first, \
            a refund each, with one `request_id`. Where all that admins asked for of an order is above the limit, the refund is `requested` until a second admin decides. \
            `amount_mismatch` gives back payments of another amount or currency than was asked for; second and late ones go back by themselves.
            """,
        body: .json(
            .object([
                .optional("order_id", Schema.id(OrderID.self).orNull),
                .optional("seller_order_id", Schema.id(SellerOrderID.self).orNull),
                .optional(
                    "lines",
                    Schema.array(
                        of: .object([
                            .required("line_id", .id(OrderLineID.self)),
                            .required("quantity", .integer(1...1_000_000, example: 1)),
                            .optional("amount", RefundSchema.moneyInput.orNull),
                        ]), count: 1...linesMax
                    ).orNull),
                .optional("shipping", RefundSchema.moneyInput.orNull),
                .optional("amount", RefundSchema.moneyInput.orNull.says("Goodwill, on top of lines and shipping.")),
                .required("reason_code", .choice(of: RefundReason.self, example: .damaged)),
                .optional("note", RefundSchema.note.orNull.says("For admins.")),
                .optional(
                    "restock",
                    Schema.boolean(example: false).orNull.says("Puts units that had left the shelf back on it, once.")),
                .optional(
                    "funded_by",
                    Schema.choice(of: RefundFunding.self, example: .auto).orNull.says(
                        "`auto`: the seller where they caused it.")),
                .optional("speed", Schema.choice(of: RefundSpeed.self, example: .normal).orNull),
                .optional("return_id", Schema.id(ReturnID.self).orNull),
            ])),
        answers: [.json(.created, "The refund, `approved` or `requested`.", RefundSchema.admin)],
        problems: [.notFound, .orderNotRefundable, .refundExceedsRefundable, .lineAlreadyRefunded])
}
