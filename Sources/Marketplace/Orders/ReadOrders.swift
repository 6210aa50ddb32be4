// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/orders/detail/` and `GET /api/orders/status/`: the caller's own orders; a foreign one is 404.
struct ReadOrders: Sendable {
    let dependencies: OrdersDependencies

    func detail(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let order = try await find(request, caller)
        var response = HTTPResponse.json(order)
        response.headers.append(EntityTag(version: order.version).header)
        return response
    }

    func status(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let order = try await find(request, caller)
        let tag = EntityTag(version: order.version)
        if tag.isNamed(byIfNoneMatch: request.header("If-None-Match")) {
            return HTTPResponse(HTTPStatus(304), headers: [tag.header])
        }
        var response = HTTPResponse.json { json in
            json.field("id", order.id)
            json.field("status", order.status)
            json.field("payment_status", order.paymentStatus)
            json.field("fulfilment_status", order.fulfilmentStatus)
            if order.status == "pending_payment" { json.fieldIfPresent("reserved_until", order.reservedUntil) }
            json.array("seller_orders") { json in
                for part in order.sellerOrders {
                    json.object { json in
                        json.field("id", part.id)
                        json.field("status", part.status)
                        json.array("tracking") { _ in }
                    }
                }
            }
            json.field("version", order.version)
        }
        response.headers.append(tag.header)
        return response
    }

    /// By id, or by the number that people read, which is the id's digits.
    private func find(_ request: RequestContext, _ caller: Caller) async throws -> OrderDetail {
        let text = request.query["id"] ?? request.query["number"].map { "ord_\($0.lowercased())" }
        guard let text, let id = OrderID(text), var order = try await dependencies.store.order(id, of: caller.user)
        else { throw Problem(.notFound) }
        let names = try await dependencies.ports.sellerNames(order.sellerOrders.map(\.seller))
        for index in order.sellerOrders.indices {
            order.sellerOrders[index].sellerName = names[order.sellerOrders[index].seller] ?? ""
        }
        return order
    }
}
