// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/orders/explain/`: where each line's price, discount, tax and commission come from.
///
/// Its buyer and the members of its company see prices and taxes; a seller its own lines once they are placed, with their commission and what of
/// them was booked on its accounts; admins all lines, and all that was booked.
/// Only what was frozen with the order is shown: a line of before prices were says `null`.
///
/// - Errors: 404 for an order that the caller has no part in, like one that does not exist; 403 for admins without `orders:read`.
struct ExplainOrder: Sendable {
    let dependencies: OrdersDependencies

    private enum Reader {
        case admin
        case buyer
        case seller(SellerID)
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let isAdmin = try await isAdmin(caller, request)
        guard let id = OrderID(try request.query.required("id")),
            var order = try await dependencies.store.explained(id),
            let reader = try await isAdmin ? Reader.admin : self.reader(of: order, caller)
        else { throw Problem(.notFound) }
        var fees: [OrderLineID: LineFee]?
        var trace: [[UInt8]]?
        switch reader {
        case .buyer: break
        case .seller(let seller):
            order.lines.removeAll { $0.seller != seller || !$0.isSeenBySeller }
            guard !order.lines.isEmpty else { throw Problem(.notFound) }
            fees = try await dependencies.store.fees(of: id)
            trace = try await dependencies.ports.ledgerEntries(id, seller)
        case .admin:
            fees = try await dependencies.store.fees(of: id)
            trace = try await dependencies.ports.ledgerEntries(id, nil)
        }
        return .json(capacity: 1024) { json in order.write(fees: fees, trace: trace, to: &json) }
    }

    /// Whether the caller looks at it as an admin. Who is only an admin must be one who may.
    private func isAdmin(_ caller: Caller, _ request: RequestContext) async throws -> Bool {
        let (isBuyer, isSeller) = (mayActAs(.customer, caller), mayActAs(.seller, caller))
        guard mayActAs(.admin, caller), caller.permissions.contains(.ordersRead) || !(isBuyer || isSeller) else {
            return false
        }
        _ = try await dependencies.gate.caller(of: request, role: .admin, permission: .ordersRead)
        return true
    }

    private func reader(of order: ExplainedOrder, _ caller: Caller) async throws -> Reader? {
        if mayActAs(.customer, caller) {
            if order.buyer == caller.user { return .buyer }
            if let company = order.company, try await dependencies.ports.isMember(company, caller.user) {
                return .buyer
            }
        }
        guard mayActAs(.seller, caller) else { return nil }
        return try await dependencies.ports.sellerOf(caller.user).map { .seller($0) }
    }

    private func mayActAs(_ role: Roles, _ caller: Caller) -> Bool {
        caller.roles.contains(role) && caller.audience.admits(role)
    }
}
