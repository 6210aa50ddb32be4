// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ReceiveWebhook {
    static let description = RouteDescription(
        tag: .payments, summary: "Receive an event of the provider",
        text: """
            For Razorpay, not for clients. The signature is checked over the body's octets before anything else; a second delivery of \
            an event changes nothing. Any answer but 200 asks for another delivery.
            """,
        parameters: [
            .header("X-Razorpay-Event-Id", "Names the event.", .string(length: 1...255, example: "evt_RkT6hW3nZsLq0P"))
        ],
        body: .json(
            .object([
                .required("entity", .string(example: "event")),
                .required("event", .string(example: "payment.captured")),
                .required(
                    "payload",
                    .map(
                        of: .object([]),
                        example: ["payment": ["entity": ["id": "pay_RkT5b2nWqYc8Jd", "entity": "payment"]]])),
            ]).named("ProviderEvent")),
        answers: [
            .json(
                .ok, "It is stored, with its effect.",
                .object([.required("received", .constant(true))], isClosed: true))
        ], problems: [.signatureInvalid, .outcomeUnknown])
}
