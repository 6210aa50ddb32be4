// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/orders/list/`: a page of the caller's own orders, or of a company's that the caller is a member of, without their
/// lines, newest first unless asked otherwise.
///
/// - Errors: 400 `invalid-cursor`, 400 `malformed-request` for a limit that is none or a repeated parameter, 422 for a
///   filter's value that is none, 404 for a company that the caller is no member of.
/// - Cost: three statements: the page, then the names and pictures that it shows beside its payments; one when the page is empty; one more
///   for a company's.
struct ListOrders: Sendable {
    static let path = "/api/orders/list/"
    static let parameters = Pages.parametersAndSort + OrderFilter.parameters

    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let filter = try OrderFilter.read(request.query)
        if let company = filter.company, try await !dependencies.ports.isMember(company, caller.user) {
            throw Problem(.notFound)
        }
        let list = filter.identity(of: caller.user)
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await dependencies.store.orders(
            of: caller.user, filter, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { $0.cursor }
        let context = try await dependencies.context(of: page.items)
        return pages.response(page, in: list) { $0.write(to: &$1, context) }
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: OrderID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), OrderID(rawValue: id))
    }
}
