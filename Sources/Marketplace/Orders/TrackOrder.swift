// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/orders/tracking/`: the parcels of one of the caller's orders, or of the caller's company, with what befell them; a foreign
/// order is 404.
struct TrackOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        guard let id = OrderID(try request.query.required("id")),
            try await dependencies.visible(id, to: caller, { try await dependencies.store.state(of: id, user: $0) })
                != nil
        else { throw Problem(.notFound) }
        let shipments = try await dependencies.store.shipments(of: id)
        var json = JSONWriter(capacity: 128 + shipments.count * 512)
        json.object { json in
            json.field("order_id", id)
            json.array("shipments") { json in
                for shipment in shipments {
                    json.object { json in
                        json.field("seller_order_id", shipment.part)
                        shipment.writeMembers(to: &json)
                    }
                }
            }
        }
        return HTTPResponse(.ok, body: json.bytes)
    }

    static let description = RouteDescription(
        tag: .orders, summary: "Follow an order's parcels", text: "Oldest first, each with its events.",
        parameters: [.query("id", "The order.", .id(OrderID.self), isRequired: true)],
        answers: [
            .json(
                .ok, "The parcels.",
                .object(
                    [
                        .required("order_id", .id(OrderID.self)),
                        .required("shipments", .array(of: OrderSchema.trackedShipment)),
                    ], isClosed: true))
        ], problems: [.notFound, .validationFailed])
}
