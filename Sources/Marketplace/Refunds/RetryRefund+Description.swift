// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RetryRefund {
    static let description = RouteDescription(
        tag: .admin, summary: "Send a failed refund again",
        text: "To the provider, as a new refund there; here it is the same, and booked once.",
        body: .json(.object([RefundSchema.id, .optional("note", RefundSchema.note.orNull)])),
        answers: [.json(.ok, "The refund as it is now.", RefundSchema.admin)],
        problems: [.notFound, .illegalTransition, .orderNotRefundable, .refundExceedsRefundable])
}
