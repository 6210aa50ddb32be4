// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension OrderStatusPoll {
    static let description = RouteDescription(
        tag: .orders, summary: "Poll the state of an order",
        text: """
            Cheap. With `wait` the answer comes with the next change, or with the order as it is when the time has passed; newer means \
            newer than `If-None-Match`, or than at the beginning. One user may have a few waits at a time.
            """,
        parameters: [
            .query("id", "The order.", .id(OrderID.self), isRequired: true),
            .query("wait", "Seconds to wait for a change.", .integer(waitRange, example: 25).defaults(to: 0)),
            .ifNoneMatch,
        ],
        answers: [
            .json(.ok, "The state.", state, headers: [.etag]),
            .empty(.notModified, "The client has it already.", headers: [.etag]),
        ], problems: [.notFound, .validationFailed])

    private static let tracking = Schema.object(
        [
            .required("carrier", .string(length: 1...60, example: "dtdc")),
            .optional("tracking_number", .string(length: 1...60, example: "D1002003001")),
            .optional(
                "tracking_url", .string(length: 1...500, format: "uri", example: "https://track.example/D1002003001")),
            .required(
                "status",
                .choice(["shipped", "out_for_delivery", "delivered", "delivery_failed", "rto", "rto_received"])),
        ], isClosed: true)

    private static var state: Schema {
        let part = Schema.object(
            [
                .required("id", .id(SellerOrderID.self)),
                .required("status", .choice(of: SellerOrderStatus.self, example: .pendingPayment)),
                .required("tracking", .array(of: tracking, example: [])),
            ], isClosed: true)
        var members = OrderSchema.head
        members += [
            .optional("reserved_until", .timestamp), .required("seller_orders", .array(of: part)),
            .required("updated_at", .timestamp), .required("version", .version),
        ]
        return Schema.object(members, isClosed: true).named("OrderState")
    }
}
