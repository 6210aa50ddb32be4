// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/orders/detail/`: one of the caller's own orders or of the caller's company, in full; a foreign one is 404.
struct ReadOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        // By id, or by the number that people read, which is the id's digits.
        let text = request.query["id"] ?? request.query["number"].map { "ord_\($0.lowercased())" }
        guard let text else { throw QueryItems.missing("id") }
        guard let id = OrderID(text),
            let order = try await dependencies.visible(
                id, to: caller, { try await dependencies.store.order(id, of: $0) })
        else { throw Problem(.notFound) }
        let shown = try await dependencies.labelled(order)
        var response = HTTPResponse.json(shown)
        response.headers.append(EntityTag(version: shown.version).header)
        return response
    }
}

/// Whose an order is, for who may read it as its buyer does: its owner, or a member of the company that it was made for; nil for others.
///
/// - Cost: one statement, and another where it is somebody else's.
public func ordersOwner(
    _ store: OrderStore, isMember: @escaping @Sendable (CompanyID, UserID) async throws -> Bool
) -> @Sendable (OrderID, UserID) async throws -> UserID? {
    { order, reader in
        guard let owner = try await store.owner(of: order) else { return nil }
        if owner.user == reader { return reader }
        guard let company = owner.company, try await isMember(company, reader) else { return nil }
        return owner.user
    }
}

extension OrdersDependencies {
    /// Reads an order as its buyer's: the caller's own, or one of a company that the caller is a member of; nil for any other.
    ///
    /// - Parameter read: the order of a user; nil for somebody else's.
    /// - Cost: of one's own order nothing besides `read`; else two statements, and `read` again for a member.
    func visible<Found: Sendable>(
        _ id: OrderID, to caller: Caller, _ read: (UserID) async throws -> Found?
    ) async throws -> Found? {
        if let own = try await read(caller.user) { return own }
        guard let owner = try await store.owner(of: id), let company = owner.company,
            try await ports.isMember(company, caller.user)
        else { return nil }
        return try await read(owner.user)
    }

    /// The order with what other contexts know of it: names of sellers, payments, what of its lines was given back.
    ///
    /// - Parameter transaction: whose changes of the payments are to be seen, though not committed yet.
    func labelled(_ order: OrderDetail, in transaction: PostgresTransaction? = nil) async throws -> OrderDetail {
        var order = order
        let labels = try await ports.labels(order.sellerOrders.map(\.seller), [], transaction)
        for index in order.sellerOrders.indices {
            order.sellerOrders[index].sellerName = labels.sellerNames[order.sellerOrders[index].seller] ?? ""
        }
        order.payments = try await ports.payments([order.id], transaction)[order.id] ?? []
        order.returns = try await returns(of: order, in: transaction)
        return order
    }

    /// What was given back of the lines; nothing is of an order that nobody has confirmed.
    func returns(
        of order: OrderDetail, in transaction: PostgresTransaction?
    ) async throws -> [OrderLineID: LineReturn] {
        switch order.head.status {
        case .pendingApproval, .pendingPayment, .expired: return [:]
        case .confirmed, .processing, .completed, .cancelled:
            return try await store(in: transaction).returns(of: order.id, windowDays: returnWindowDays)
        }
    }

    /// The store, of a transaction where there is one.
    func store(in transaction: PostgresTransaction?) -> OrderStore {
        guard let transaction else { return store }
        return OrderStore(postgres: { transaction }, writer: { transaction })
    }
}
