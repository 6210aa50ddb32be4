// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/users/`: a page of all users, newest first.
///
/// - Cost: two statements: the page, and how many orders each has.
struct ListUsers: Sendable {
    static let path = "/api/admin/users/"
    static let parameters = Pages.parametersAndSort + AdminUserFilter.parameters

    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let filter = try AdminUserFilter.read(request.query)
        let list = filter.identity
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await AccountsStore.users(
            filter, after: try asked.after.map(Self.position), limit: asked.limit + 1, in: dependencies.pool.reads)
        let page = Page(rows: rows, limit: asked.limit) { row in
            PageCursor([.number(row.user.createdAt.microseconds), .number(row.user.id.rawValue)])
        }
        let counts = try await dependencies.ports.orderCounts(page.items.map { $0.user.id })
        return pages.response(page, in: list) { row, json in
            json.object { json in
                row.user.writeMembers(to: &json)
                json.field("orders_count", counts[row.user.id] ?? 0)
                json.field("last_login_at", row.lastLogin)
            }
        }
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: UserID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), UserID(rawValue: id))
    }
}
