// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListReservations {
    private static let units = Schema.object(
        [.required("variant_id", .id(VariantID.self)), .required("quantity", .integer(1...Int.max, example: 2))],
        isClosed: true)

    private static let reservation = Schema.object(
        [
            .required("seller_order_id", .id(SellerOrderID.self)), .required("order_id", .id(OrderID.self)),
            .required("cause", .choice(of: HeldReservation.Cause.self, example: .unpaid)),
            .required("created_at", .timestamp), .required("expires_at", .timestamp),
            .required("age_seconds", .integer(0...Int.max, example: 840)), .required("units", .array(of: units)),
        ], isClosed: true
    ).named("HeldReservation")

    static let description = RouteDescription(
        tag: .admin, summary: "List held reservations",
        text: """
            Units that unpaid orders hold, those first that end first. `cause`: `unpaid`, nobody has begun to pay; `paying`, a payment is \
            open at the provider or authorized; `overdue`, the time to pay is over and they were not given back yet, which lasts for \
            seconds unless something is wrong.
            """,
        parameters: RouteParameter.page(sortedBy: "expires_at"),
        answers: [.json(.ok, "The page.", .page(of: reservation))], problems: [.invalidCursor, .validationFailed])
}
