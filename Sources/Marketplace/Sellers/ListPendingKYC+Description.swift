// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListPendingKYC {
    static let description = RouteDescription(
        tag: .sellers, summary: "List documents that wait",
        text: """
            Oldest first, each under an address for this admin.
            """,
        parameters: RouteParameter.page(sortedBy: "submitted_at"),
        answers: [
            .json(
                .ok, "A page.",
                .page(
                    of: .object(
                        SellerSchema.documentMembers() + [
                            .required("url", SellerSchema.link), .required("submitted_at", .timestamp),
                            .required("seller", .sellerName),
                        ], isClosed: true)))
        ],
        problems: [.invalidCursor, .validationFailed])
}
