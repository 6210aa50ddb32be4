// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/sellers/orders/`: a page of the parts of orders that the caller's seller has to deal with, newest first
/// unless asked otherwise.
///
/// - Errors: 400 `invalid-cursor`, 400 `malformed-request`, 422 for a filter's value that is none.
/// - Cost: two statements: the seller, the page.
struct ListSellerOrders: Sendable {
    static let path = "/api/sellers/orders/"
    static let parameters =
        Pages.parametersAndSort + ["status", "accept_by_before", "created_from", "created_to", "q"]

    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.seller(of: caller)
        let filter = try SellerOrderFilter.read(request.query)
        let list = filter.identity(of: seller)
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await dependencies.store.sellerOrders(
            of: seller, filter,
            after: try asked.after.map { cursor in
                let (time, id) = try cursor.twoNumbers()
                return (Timestamp(microseconds: time), SellerOrderID(rawValue: id))
            }, limit: asked.limit + 1)
        return pages.response(Page(rows: rows, limit: asked.limit) { $0.cursor }, in: list)
    }
}

/// Which parts a seller's list holds.
struct SellerOrderFilter: Sendable {
    /// nil: every one.
    var statuses: [SellerOrderStatus]?
    /// Those that have to be accepted before.
    var acceptBefore: Timestamp?
    /// Not before.
    var from: Timestamp?
    /// Before.
    var to: Timestamp?
    /// A number of an order or of a part, an id, or a SKU in full.
    var text: String?
    var isOldestFirst = false

    /// - Throws: `Problem` 400 for a repeated parameter, 422 for a value that is none.
    static func read(_ query: QueryItems) throws -> SellerOrderFilter {
        SellerOrderFilter(
            statuses: try OrderFilter.words(query, "status"),
            acceptBefore: try query.single("accept_by_before", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) },
            from: try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) },
            to: try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) },
            text: try query.single("q", expected: "a text of 1 to 100 characters") { text in
                (1...100).contains(text.unicodeScalars.count) && !text.utf8.contains(0) ? text : nil
            }, isOldestFirst: try Pages.isOldestFirst(query))
    }

    func identity(of seller: SellerID) -> ListIdentity {
        var filters: [(name: String, value: String)] = [("seller", "\(seller)")]
        if let statuses { filters.append(("status", statuses.map(\.rawValue).sorted().joined(separator: ","))) }
        if let acceptBefore { filters.append(("accept_by_before", "\(acceptBefore.microseconds)")) }
        if let from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to { filters.append(("created_to", "\(to.microseconds)")) }
        if let text { filters.append(("q", text)) }
        return ListIdentity(
            route: ListSellerOrders.path, sort: isOldestFirst ? "created_at" : "-created_at", filters: filters)
    }

    /// The order whose number, or number of a part, the text is.
    static func order(numbered text: String) -> OrderID? {
        let number = text.split(separator: "-", maxSplits: 1).first.map(String.init) ?? text
        return OrderID(text) ?? OrderID("ord_\(number.lowercased())")
    }
}

/// A part in its seller's list.
struct SellerOrderSummary: Sendable, JSONWritable {
    var id: SellerOrderID
    var order: OrderID
    var position: Int
    var status: SellerOrderStatus
    var acceptBy: Timestamp?
    var currency: Currency
    var paymentMethod: String
    /// A JSON object.
    var shippingAddress: [UInt8]
    var lineCount: Int
    var units: Int64
    var totals: OrderTotals
    var version: Int64
    var createdAt: Timestamp

    /// Its place in lists.
    var cursor: PageCursor { PageCursor([.number(createdAt.microseconds), .number(id.rawValue)]) }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("number", OrderHead.number(of: order, part: position))
            json.field("order_id", order)
            json.field("status", status.rawValue)
            json.fieldIfPresent("accept_by", acceptBy)
            json.field("payment_method", paymentMethod)
            json.field("buyer_name", SoldPart.buyerName(in: shippingAddress, status))
            json.field("line_count", lineCount)
            json.field("units", units)
            totals.write(to: &json, currency)
            json.field("version", version)
            json.field("created_at", createdAt)
        }
    }
}

extension OrderHead {
    /// The number of an order's part at a position, from 1.
    static func number(of order: OrderID, part position: Int) -> String {
        "\("\(order)".dropFirst(OrderID.prefixLength).uppercased())-\(position)"
    }
}
