// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension InitiatePayment {
    static let description = RouteDescription(
        tag: .payments, summary: "Begin to pay an order",
        text: """
            Opens the provider's checkout for an order that waits for its payment; the amount is the order's. An open attempt is \
            answered again (200). While money is set aside (`authorized`) there is nothing to pay, until it is taken or given up. \
            The reservation is extended once, to at least ten minutes from now. Send an `Idempotency-Key`.
            """,
        body: .json(
            .object([
                .required("order_id", .id(OrderID.self)),
                .optional("method_hint", Schema.choice(of: MethodHint.self, example: .upi).orNull),
                .optional(
                    "return_url",
                    Schema.string(
                        length: 1...2_048, pattern: #"^(https://|http://localhost|http://127\.0\.0\.1)"#,
                        example: "https://shop.example.in/paid"
                    ).orNull),
            ]).named("PaymentStart")),
        answers: [
            .json(.created, "A new attempt.", checkout), .json(.ok, "The attempt that is open already.", checkout),
        ],
        problems: [.notFound, .orderNotPayable, .orderExpired, .alreadyPaid, .paymentProviderUnavailable])

    private static let checkout = Schema.object(
        [
            .required("payment", .payment), .required("provider", .choice(["razorpay"])),
            .required(
                "checkout",
                Schema.object(
                    [
                        .required("key_id", .string(example: "rzp_test_R1a2B3c4D5e6F7")),
                        .required("razorpay_order_id", .string(example: "order_RkT3s9pQvXz1Lm")),
                        .required("amount", .integer(1...Int.max, example: 259_800)),
                        .required("currency", .currency), .required("name", .string(example: "MVE")),
                        .required("prefill", prefill), .required("notes", notes),
                    ], isClosed: true
                ).says("What the provider's checkout script is given.")),
        ], isClosed: true
    ).named("Checkout")

    private static let prefill = Schema.object(
        [
            .optional("name", .string(example: "Asha Rao")),
            .optional("email", .string(example: "asha.rao@example.in")),
            .optional("contact", .string(example: "+919876543210")),
        ], isClosed: true)

    private static let notes = Schema.object(
        [.required("order_id", .id(OrderID.self)), .required("payment_id", .id(PaymentID.self))], isClosed: true)
}
