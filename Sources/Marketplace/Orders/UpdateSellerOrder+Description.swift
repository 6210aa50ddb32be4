// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateSellerOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Move a part of an order",
        text: """
            By its seller: accepted, packed, shipped, out for delivery, delivered (by the seller only where all of it has the carrier \
            `self`), or rejected, cancelled, failed to be delivered, returned to origin and received there. `shipped` needs a parcel; \
            further ones are added with the same status while units are left, and what is written of a parcel stays. The same state \
            again changes nothing. Units leave the stock with `packed`; what was paid is owed back with `rejected` and `cancelled`.
            """,
        parameters: [.ifMatch],
        body: .json(
            .object([
                .required("id", .id(SellerOrderID.self)),
                .required("status", .choice(of: Target.self, example: .accepted)),
                .optional("expected_version", Schema.version.orNull),
                .optional("reason_code", Schema.reasonCode.orNull.says("Needed with `rejected` and `cancelled`.")),
                .optional("shipment", Schema.oneOf([newShipment, .null])),
            ])),
        answers: [.json(.ok, "The part as it is now.", OrderSchema.soldPart, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .versionConflict, .shipmentRequired, .reasonRequired])

    private static let newShipment = Schema.object([
        .required("carrier", .string(length: 1...60, example: "dtdc").says("`self`: the seller brings it.")),
        .optional(
            "tracking_number",
            Schema.string(length: 1...60, example: "D1002003001").orNull.says("Required unless the carrier is `self`.")),
        .optional(
            "tracking_url",
            Schema.string(length: 1...500, pattern: "^https?://[!-~]*$", example: "https://track.example/D1002003001")
                .orNull),
        .optional("eway_bill", Schema.string(length: 1...20, example: "331001234567").orNull),
        .optional(
            "lines",
            Schema.array(
                of: .object([.required("line_id", .id(OrderLineID.self)), .required("quantity", .quantity)]),
                count: 1...200
            ).orNull.says("What is in it; without it, all that is in no parcel yet and was not refunded.")),
    ])
}

extension Schema {
    /// Why, in one word.
    static let reasonCode = Schema.string(length: 1...60, pattern: "^[a-z0-9_-]+$", example: "out_of_stock")
}
