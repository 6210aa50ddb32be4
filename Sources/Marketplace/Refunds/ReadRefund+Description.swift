// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadRefund {
    static let description = RouteDescription(
        tag: .payments, summary: "Read a refund of the caller", text: "A foreign one is 404.",
        parameters: [.query("id", "The refund.", .id(RefundID.self), isRequired: true)],
        answers: [.json(.ok, "The refund.", RefundSchema.buyer)], problems: [.notFound, .validationFailed])

    static let adminDescription = RouteDescription(
        tag: .admin, summary: "Read a refund", text: "With its history.",
        parameters: [.query("id", "The refund.", .id(RefundID.self), isRequired: true)],
        answers: [.json(.ok, "The refund.", RefundSchema.adminDetail)], problems: [.notFound, .validationFailed])
}
