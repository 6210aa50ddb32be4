// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListSellers {
    static let description = RouteDescription(
        tag: .sellers, summary: "List sellers",
        text: """
            Newest first unless turned round, with the confirmed order value of thirty days, open orders and the balance.
            """,
        parameters: RouteParameter.pageByCreation + [
            .query("status", "Only these.", .array(of: .choice(of: SellerStatus.self, example: .pendingApproval))),
            .query("kyc_status", "Only these.", .array(of: .choice(of: KYCStatus.self, example: .underReview))),
            .query(
                "q", "A part of the name; or the whole slug or GSTIN.", .string(length: 1...200, example: "kaveri")),
            .query("created_from", "Registered not before.", time), .query("created_to", "Registered before.", time),
        ],
        answers: [.json(.ok, "A page.", .page(of: SellerSchema.listed))],
        problems: [.invalidCursor, .validationFailed])

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}
