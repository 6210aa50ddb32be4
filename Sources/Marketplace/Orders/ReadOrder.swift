// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/orders/detail/`: one of the caller's own orders, in full; a foreign one is 404.
struct ReadOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        // By id, or by the number that people read, which is the id's digits.
        let text = request.query["id"] ?? request.query["number"].map { "ord_\($0.lowercased())" }
        guard let id = text.flatMap({ OrderID($0) }),
            let order = try await dependencies.store.order(id, of: caller.user)
        else { throw Problem(.notFound) }
        let shown = try await dependencies.labelled(order)
        var response = HTTPResponse.json(shown)
        response.headers.append(EntityTag(version: shown.version).header)
        return response
    }
}

extension OrdersDependencies {
    /// The order with what other contexts know of it: names of sellers, payments.
    ///
    /// - Parameter transaction: whose changes of the payments are to be seen, though not committed yet.
    func labelled(_ order: OrderDetail, in transaction: PostgresTransaction? = nil) async throws -> OrderDetail {
        var order = order
        let labels = try await ports.labels(order.sellerOrders.map(\.seller), [])
        for index in order.sellerOrders.indices {
            order.sellerOrders[index].sellerName = labels.sellerNames[order.sellerOrders[index].seller] ?? ""
        }
        order.payments = try await ports.payments([order.id], transaction)[order.id] ?? []
        return order
    }
}
