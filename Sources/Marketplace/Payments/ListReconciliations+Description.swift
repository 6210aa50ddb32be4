// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListReconciliations {
    static let description = RouteDescription(
        tag: .admin, summary: "List reconciliations",
        text: "Newest first. The leader begins one for each day that has ended in the store's time zone.",
        parameters: RouteParameter.page(sortedBy: "-created_at"),
        answers: [.json(.ok, "A page.", .page(of: ReconciliationSchema.run))],
        problems: [.invalidCursor, .validationFailed])
}
