// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/refunds/list/` and `GET /api/admin/refunds/list/`: a page of refunds, newest first unless asked
/// otherwise: the buyer's own, or everybody's.
///
/// - Errors: 400 `invalid-cursor`; 404 for what is no id; 422 for a filter's value that is none.
/// - Cost: two statements.
struct ListRefunds: Sendable {
    static let path = "/api/refunds/list/"
    static let parameters = Pages.parametersAndSort + ["status", "order_id", "created_from", "created_to"]
    static let adminPath = "/api/admin/refunds/list/"
    static let adminParameters = parameters + ["payment_id", "customer_id", "reason_code"]

    let dependencies: RefundsDependencies

    @Sendable func answerBuyer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        var (filter, filters) = try Self.read(request.query)
        filter.user = caller.user
        return try await answer(
            filter, ListIdentity(route: Self.path, sort: filter.sort, filters: filters), .buyer, request)
    }

    @Sendable func answerAdmin(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        var (filter, filters) = try Self.read(request.query)
        if let text = try request.query.single("payment_id") {
            guard let id = PaymentID(text) else { throw Problem(.notFound) }
            filter.payment = id
            filters.append(("payment_id", text))
        }
        if let text = try request.query.single("customer_id") {
            guard let id = UserID(text) else { throw Problem(.notFound) }
            filter.user = id
            filters.append(("customer_id", text))
        }
        if let text = try request.query.single("reason_code") {
            guard (1...64).contains(text.utf8.count), !text.utf8.contains(0) else {
                throw Self.wrong("reason_code", "a word is expected")
            }
            filter.reason = text
            filters.append(("reason_code", text))
        }
        return try await answer(
            filter, ListIdentity(route: Self.adminPath, sort: filter.sort, filters: filters), .admin, request)
    }

    private func answer(
        _ filter: RefundStore.Filter, _ list: ListIdentity, _ reader: Refund.Reader, _ request: RequestContext
    ) async throws -> HTTPResponse {
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let after = try asked.after.map { cursor in
            let (time, id) = try cursor.twoNumbers()
            return (createdAt: time, id: RefundID(rawValue: id))
        }
        let rows = try await RefundStore.list(filter, after: after, limit: asked.limit + 1, in: dependencies.pool.reads)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.createdAt.microseconds), .number($0.id.rawValue)])
        }
        return pages.response(page, in: list) { refund, json in
            json.object { refund.writeMembers(for: reader, to: &$0) }
        }
    }

    private static func read(
        _ query: QueryItems
    ) throws -> (RefundStore.Filter, [(name: String, value: String)]) {
        var filter = RefundStore.Filter()
        var filters: [(name: String, value: String)] = []
        if let text = try query.single("status") {
            var statuses: [RefundStatus] = []
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let status = RefundStatus(rawValue: String(word)) else {
                    throw wrong("status", "a comma list of statuses is expected")
                }
                if !statuses.contains(status) { statuses.append(status) }
            }
            filter.statuses = statuses
            filters.append(("status", statuses.map(\.rawValue).sorted().joined(separator: ",")))
        }
        if let text = try query.single("order_id") {
            guard let id = OrderID(text) else { throw Problem(.notFound) }
            filter.order = id
            filters.append(("order_id", text))
        }
        filter.from = try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        if let from = filter.from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to = filter.to { filters.append(("created_to", "\(to.microseconds)")) }
        filter.isOldestFirst = try Pages.isOldestFirst(query)
        return (filter, filters)
    }

    private static func wrong(_ name: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: "/" + name, code: "invalid-parameter", message: message)])
    }
}
