// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListPendingProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "List what waits for a decision",
        text:
            "Open revisions, the oldest first unless `sort` says otherwise, with the whole hours that each has waited.",
        parameters: RouteParameter.page + [
            .query("seller_id", "Of this seller.", .id(SellerID.self)),
            .query("older_than_hours", "Waiting at least so long.", .integer(ListPendingProducts.hours, example: 24)),
        ] + ProductPeriods.descriptions + [
            .query(
                "sort", "The order.",
                .choice(["submitted_at", "-submitted_at"], example: "submitted_at").defaults(to: "submitted_at"))
        ],
        answers: [.json(.ok, "The page.", .page(of: OwnedProductSchema.pending))],
        problems: [.invalidCursor, .notFound, .validationFailed])
}
