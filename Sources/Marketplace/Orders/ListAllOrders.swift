// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/orders/`: a page of everybody's orders, newest first.
///
/// - Errors: 400 `invalid-cursor`, 400 `malformed-request`, 422 for a filter's value that is none.
/// - Cost: three statements, and one more for a flag of payments.
struct ListAllOrders: Sendable {
    static let path = "/api/admin/orders/"
    static let parameters =
        Pages.parametersAndSort + [
            "status", "payment_status", "seller_id", "customer_id", "amount_min", "amount_max", "flag", "created_from",
            "created_to", "q",
        ]

    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let filter = try AllOrdersFilter.read(request.query)
        let list = filter.identity
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let after = try asked.after.map { cursor in
            guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
            return OrderID(rawValue: id)
        }
        var flagged: [OrderID]?
        if let flag = filter.flag, flag != .stuck { flagged = try await dependencies.ports.flagged(flag) }
        let rows = try await dependencies.store.allOrders(filter, among: flagged, after: after, limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.summary.head.id.rawValue)]) }
        let context = try await dependencies.context(of: page.items.map(\.summary))
        return pages.response(page, in: list) { item, json in
            item.summary.write(to: &json, context) { json in json.field("customer_id", item.customer) }
        }
    }
}

/// What makes an order worth an admin's look.
public enum OrderFlag: String, CaseIterable, Sendable {
    /// Money came after it had ended.
    case late
    /// Money differed from what was asked for.
    case mismatch
    /// It waits for something that is overdue: its payment's end, or a seller.
    case stuck
}

/// Which orders an admin's list holds.
struct AllOrdersFilter: Sendable {
    var statuses: [OrderStatus]?
    var payments: [PaymentStatus]?
    var seller: SellerID?
    var customer: UserID?
    /// Totals in minor units, both included.
    var amounts: ClosedRange<Int64> = 0...Int64.max
    var flag: OrderFlag?
    var from: Timestamp?
    var to: Timestamp?
    /// A number or an id.
    var text: String?

    /// - Throws: `Problem` 400 for a repeated parameter, 422 for a value that is none.
    static func read(_ query: QueryItems) throws -> AllOrdersFilter {
        var filter = AllOrdersFilter()
        filter.statuses = try OrderFilter.words(query, "status")
        filter.payments = try OrderFilter.words(query, "payment_status")
        filter.seller = try query.single("seller_id", expected: "a seller's id") { SellerID($0) }
        filter.customer = try query.single("customer_id", expected: "a user's id") { UserID($0) }
        let least = try amount(query, "amount_min") ?? 0
        let most = try amount(query, "amount_max") ?? .max
        guard least <= most else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(pointer: "/amount_max", code: "invalid-parameter", message: "amount_min or more is expected")
                ])
        }
        filter.amounts = least...most
        filter.flag = try query.single("flag", expected: "late, mismatch or stuck") { OrderFlag(rawValue: $0) }
        filter.from = try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.text = try query.single("q", expected: "a text of 1 to 100 characters") { text in
            (1...100).contains(text.unicodeScalars.count) ? text : nil
        }
        return filter
    }

    private static func amount(_ query: QueryItems, _ name: String) throws -> Int64? {
        try query.single(name, expected: "an amount in minor units") { text in
            Int64(text).flatMap { $0 >= 0 ? $0 : nil }
        }
    }

    var identity: ListIdentity {
        var filters: [(name: String, value: String)] = [
            ("amounts", "\(amounts.lowerBound)-\(amounts.upperBound)")
        ]
        if let statuses { filters.append(("status", statuses.map(\.rawValue).sorted().joined(separator: ","))) }
        if let payments { filters.append(("payment_status", payments.map(\.rawValue).sorted().joined(separator: ","))) }
        if let seller { filters.append(("seller_id", "\(seller)")) }
        if let customer { filters.append(("customer_id", "\(customer)")) }
        if let flag { filters.append(("flag", flag.rawValue)) }
        if let from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to { filters.append(("created_to", "\(to.microseconds)")) }
        if let text { filters.append(("q", text)) }
        return ListIdentity(route: ListAllOrders.path, sort: "-created_at", filters: filters)
    }
}
