// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RunReconciliation {
    static let description = RouteDescription(
        tag: .admin, summary: "Compare a day with the payment provider",
        text: """
            Payments, captures and refunds of a day in the store's time zone (today so far, too) are compared with the provider and with \
            the ledger; what is missing here is made good. The answer comes at once, the work is done in the background.
            """,
        body: .json(
            .object([
                .required(
                    "date",
                    .string(pattern: "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", example: "2026-11-26"))
            ]).named("ReconciliationRequest")),
        answers: [.json(.accepted, "The run.", ReconciliationSchema.run)], problems: [.validationFailed])
}
