// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Order the cart",
        text: """
            Turns one version of the caller's cart into an order, once: send an `Idempotency-Key`. Units are reserved until \
            `reserved_until`, all lines or none, and the cart is emptied. An order that is paid in cash at the door (`cod`) is confirmed at \
            once: its parts are placed and nothing more is asked of the buyer. Without a key, or under another one, the same request \
            for the same version of the cart is answered with the same order (200). `errors[]` names each line that is short, dearer \
            or not sold.
            """,
        body: .json(
            .object([
                .required("cart_version", .integer(1...Int.max, example: 3).says("`version` of the cart.")),
                .required(
                    "expected_total",
                    .object([
                        .required("amount", .integer(0...Int.max, example: 259_800)),
                        .required("currency", .currency),
                    ]).says("`totals.grand_total` of the cart.")),
                .optional(
                    "shipping_address", Schema.newAddress.orNull.says("Or `shipping_address_id`: one of the two.")),
                .optional("shipping_address_id", Schema.id(AddressID.self).orNull.example(.null)),
                .optional(
                    "billing_address",
                    Schema.newAddress.orNull.says("Or `billing_address_id`; the shipping address unless given.")),
                .optional("billing_address_id", Schema.id(AddressID.self).orNull.example(.null)),
                .required(
                    "payment_method",
                    .choice(["razorpay", "cod", "credit_terms"]).says(
                        "`cod`: up to an amount, and not everywhere. `credit_terms`: not yet.")),
                .optional("customer_note", Schema.string(length: 0...2_000, example: "Ring the bell twice.").orNull),
                .optional(
                    "company_id",
                    Schema.id(CompanyID.self).orNull.example(.null).says(
                        "The order is the company's that the cart is for; another one here is refused.")),
                .optional(
                    "po_number",
                    Schema.string(length: 1...100, example: "PO-2026-118").orNull.says(
                        "The order's number in the company's books.")),
                .optional(
                    "gstin",
                    Schema.string(length: 15...15, example: "29AAGCB7383J1Z4").orNull.says(
                        "Whom the order is billed to; of the billing address's state, and shown as its `gstin`.")),
            ]).named("NewOrder")),
        answers: [
            .json(
                .created, "The order: waiting for its payment, or confirmed.", OrderSchema.order, headers: [.etag]),
            .json(.ok, "The order that was made of this version of the cart before.", OrderSchema.order),
        ],
        problems: [
            .cartChanged, .priceChanged, .insufficientStock, .sellerUnavailable, .currencyMismatch, .cartEmpty,
            .belowMinimumQuantity, .notAMultiple, .aboveMaximumQuantity, .addressNotServiceable,
            .paymentMethodUnavailable, .notFound,
        ])
}
