// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DecideRefund {
    static let description = RouteDescription(
        tag: .admin, summary: "Approve or reject a refund",
        text: "Of a `requested` refund and all others of its request; by another admin than the one who asked.",
        body: .json(
            .object([
                RefundSchema.id, .required("decision", .choice(of: Decision.self, example: .approve)),
                .optional("note", RefundSchema.note.orNull.says("Why; for admins.")),
            ])),
        answers: [.json(.ok, "The refund as it is now.", RefundSchema.admin)],
        problems: [
            .notFound, .fourEyesRequired, .illegalTransition, .orderNotRefundable, .refundExceedsRefundable,
        ])
}
