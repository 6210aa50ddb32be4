// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/payments/history/`: a page of the caller's own attempts to pay, newest first unless asked otherwise, each with what went back of
/// it; of a named order also those of who made it for a company of the caller's.
///
/// - Errors: 400 `invalid-cursor`; 422 for a filter's value that is none; an order that the caller may not read is an empty page.
/// - Cost: two statements; of a named order up to two more.
struct ListPayments: Sendable {
    static let path = "/api/payments/history/"
    static let parameters = Pages.parametersAndSort + ["status", "order_id", "created_from", "created_to"]

    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let known = PaymentStatus.allCases.map(\.rawValue).joined(separator: ", ")
        let statuses = try request.query.single("status", expected: "a comma list of \(known)") {
            text -> [PaymentStatus]? in
            var statuses: [PaymentStatus] = []
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let status = PaymentStatus(rawValue: String(word)) else { return nil }
                if !statuses.contains(status) { statuses.append(status) }
            }
            return statuses
        }
        let order = try request.query.single("order_id", expected: "an order's id") { OrderID($0) }
        let from = try request.query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        let to = try request.query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        let isOldestFirst = try Pages.isOldestFirst(request.query)
        let list = ListIdentity(
            route: Self.path, sort: isOldestFirst ? "created_at" : "-created_at",
            filters: [
                ("user", "\(caller.user)"), ("order_id", order.map { "\($0)" } ?? ""),
                ("status", statuses.map { $0.map(\.rawValue).sorted().joined(separator: ",") } ?? ""),
                ("created_from", from.map { "\($0.microseconds)" } ?? ""),
                ("created_to", to.map { "\($0.microseconds)" } ?? ""),
            ])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        var payer = caller.user
        if let order, let owner = try await dependencies.ports.owner(order, caller.user) { payer = owner }
        let rows = try await dependencies.store.payments(
            of: payer, statuses: statuses, order: order, from: from, to: to,
            isOldestFirst: isOldestFirst, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.createdAt.microseconds), .number($0.id.rawValue)])
        }
        let refunds = page.items.isEmpty ? [:] : try await dependencies.ports.refunds(page.items.map(\.id))
        return pages.response(page, in: list) { payment, json in
            json.object { json in
                payment.writeMembers(to: &json)
                json.array("refunds") { json in
                    for refund in refunds[payment.id] ?? [] { json.raw(refund) }
                }
            }
        }
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: PaymentID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), PaymentID(rawValue: id))
    }
}
