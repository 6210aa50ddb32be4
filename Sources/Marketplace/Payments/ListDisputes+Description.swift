// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListDisputes {
    static let description = RouteDescription(
        tag: .admin, summary: "List disputes",
        text: """
            Newest first. While a payment has an open dispute its money is held back from the sellers and nothing of it is refunded; \
            `respond_by` is the provider's deadline for evidence.
            """,
        parameters: RouteParameter.page(sortedBy: "-opened_at") + [
            .query("status", "A comma list of statuses.", .string(length: 1...100, example: "open,evidence_required"))
        ], answers: [.json(.ok, "A page.", .page(of: DisputeSchema.dispute))],
        problems: [.invalidCursor, .validationFailed])
}
