// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension VerifyPayment {
    static let description = RouteDescription(
        tag: .payments, summary: "Hand in what the checkout returned",
        text: """
            The browser's way to tell of a payment before the provider's webhook does: the provider is asked, and the books follow its \
            answer. Both ways may come, in any order and twice; the money counts once.
            """,
        body: .json(
            .object([
                .required(
                    "razorpay_order_id", .string(length: 1...64, pattern: providerID, example: "order_RkT3s9pQvXz1Lm")),
                .required(
                    "razorpay_payment_id", .string(length: 1...64, pattern: providerID, example: "pay_RkT5b2nWqYc8Jd")),
                .required(
                    "razorpay_signature",
                    .string(
                        length: 1...256, example: "9ef4dffbfd84f1318f6739a3ce19f9d85851857ae648f114332d8401e0949a3d")),
            ]).named("CheckoutResult")),
        answers: [.json(.ok, "The attempt and its order as they are now.", ReadPayments.state)],
        problems: [.notFound, .signatureInvalid, .paymentProviderUnavailable])

    private static let providerID = "^[A-Za-z0-9_]+$"
}
