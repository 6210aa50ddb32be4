// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListOrders {
    static let description = RouteDescription(
        tag: .orders, summary: "List the caller's orders",
        text: "Or a company's, for its members. Without their lines, newest first unless asked otherwise.",
        parameters: RouteParameter.pageByCreation + [
            .query(
                "status", "Orders in one of these states.",
                .array(of: .choice(of: OrderStatus.self, example: .confirmed), count: 1...OrderStatus.allCases.count)),
            .query(
                "payment_status", "Orders whose payment is in one of these states.",
                .array(of: .choice(of: PaymentStatus.self, example: .paid), count: 1...PaymentStatus.allCases.count)),
            .query("seller_id", "Orders with a part of this seller.", .id(SellerID.self)),
            .query(
                "company_id", "Orders made for this company, by whichever member; the caller must be one.",
                .id(CompanyID.self)),
            .query("created_from", "Not before.", time), .query("created_to", "Before.", time),
            .query("updated_from", "Changed then or later.", time),
        ], answers: [.json(.ok, "The page.", .page(of: OrderSchema.summary))],
        problems: [.invalidCursor, .validationFailed, .notFound])

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}
