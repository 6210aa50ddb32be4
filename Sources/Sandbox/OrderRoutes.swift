// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/orders`.
enum OrderRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let bodyMax = SandboxLimits.requestBytes
        return [
            Route(.post, "/v1/orders", name: "orders.create", access: access, query: nil, bodyMax: bodyMax) { request in
                try ListQuery.allow(request.query, only: [])
                return .json(try await provider.createOrder(NewOrder(RequestFields(request))))
            },
            Route(.get, "/v1/orders", name: "orders.all", access: access, query: nil) { request in
                try await provider.listOrders(request.query)
            },
            Route(.get, "/v1/orders/{id}", name: "orders.fetch", access: access, query: nil) { request in
                .json(try await provider.book.order(request.id))
            },
            Route(.patch, "/v1/orders/{id}", name: "orders.edit", access: access, query: nil, bodyMax: bodyMax) {
                request in
                .json(try await provider.editOrder(request.id, notes: RequestFields(request).onlyNotes()))
            },
            Route(.get, "/v1/orders/{id}/payments", name: "orders.payments", access: access, query: nil) { request in
                .json(EntityList(items: try await provider.paymentsOfOrder(request.id)))
            },
        ]
    }
}

extension RequestContext {
    /// The entity's id in the path.
    var id: String { parameters["id"] ?? "" }
}

extension PaymentProvider {
    fileprivate func createOrder(_ new: NewOrder) throws(ProviderError) -> ProviderOrder {
        try book.create(new, at: seconds)
    }

    fileprivate func editOrder(_ id: String, notes: Notes) throws(ProviderError) -> ProviderOrder {
        try book.edit(id, notes: notes)
    }

    fileprivate func paymentsOfOrder(_ id: String) throws(ProviderError) -> [ProviderPayment] {
        book.payments(of: try book.order(id))
    }

    fileprivate func listOrders(_ query: QueryItems) throws(ProviderError) -> HTTPResponse {
        let list = try ListQuery(query, others: ["receipt", "authorized", "expand[]"])
        let authorized = try ListQuery.integer(query, "authorized", in: 0...1).map { $0 == 1 }
        let expand = query.values("expand[]")
        guard expand.allSatisfy({ $0 == "payments" }) else {
            throw .invalid("expand", "The expand must be payments.")
        }
        let fits = { [book] (order: ProviderOrder) in
            guard list.contains(order.createdAt) else { return false }
            guard let authorized else { return true }
            return authorized == book.payments(of: order).contains { $0.status == .authorized }
        }
        let orders =
            if let receipt = query["receipt"] {
                list.page(book.orders(receipt: receipt), where: fits)
            } else {
                list.page(book.orders.newestFirst, where: fits)
            }
        let items = orders.map { order in
            ListedOrder(order: order, payments: expand.isEmpty ? nil : book.payments(of: order))
        }
        return .json(EntityList(items: items))
    }
}

/// An order in a list, with its payments where they are asked for.
private struct ListedOrder: JSONWritable {
    let order: ProviderOrder
    let payments: [ProviderPayment]?

    func write(to json: inout JSONWriter) {
        json.object { json in
            order.writeMembers(to: &json)
            json.fieldIfPresent("payments", payments.map(EntityList.init))
        }
    }
}
