// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListAllOrders {
    static let description = RouteDescription(
        tag: .admin, summary: "List everybody's orders",
        text: """
            Newest first. `flag` finds the thousand newest of those whose money came late or differed, and those that wait for something \
            overdue.
            """,
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query(
                "status", "Orders in one of these states.",
                .array(of: .choice(of: OrderStatus.self, example: .confirmed), count: 1...OrderStatus.allCases.count)),
            .query(
                "payment_status", "Orders whose payment is in one of these states.",
                .array(of: .choice(of: PaymentStatus.self, example: .paid), count: 1...PaymentStatus.allCases.count)),
            .query("seller_id", "Orders with a part of this seller.", .id(SellerID.self)),
            .query("customer_id", "Orders of this user.", .id(UserID.self)),
            .query("amount_min", "Not less, in minor units.", .integer(0...Int.max, example: 0)),
            .query("amount_max", "Not more, in minor units.", .integer(0...Int.max, example: 1_000_000)),
            .query("flag", "What is odd about them.", .choice(of: OrderFlag.self, example: .stuck)),
            .query("created_from", "Not before.", OrderSchema.time), .query("created_to", "Before.", OrderSchema.time),
            .query(
                "q", "A number or an id, of an order or of a part.", .string(length: 1...100, example: "01JD3K5V8X9YA")),
        ],
        answers: [.json(.ok, "The page.", .page(of: OrderSchema.administered))],
        problems: [.invalidCursor, .validationFailed])
}

extension OrderSchema {
    static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")

    /// An order in an admin's list.
    static let administered = Schema.object(
        summaryMembers + [.required("customer_id", .id(UserID.self))], isClosed: true
    ).named("AdministeredOrderSummary")
}
