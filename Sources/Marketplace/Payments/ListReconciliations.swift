// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/reconciliation/list/`: a page of comparisons with the provider, newest first.
struct ListReconciliations: Sendable {
    static let path = "/api/admin/reconciliation/list/"

    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let list = ListIdentity(route: Self.path, sort: "-created_at", filters: [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await ReconciliationStore.runs(
            after: try asked.after.map(Self.position), limit: asked.limit + 1, in: dependencies.pool.reads)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.createdAt.microseconds), .number($0.id.rawValue)])
        }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: ReconciliationID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), ReconciliationID(rawValue: id))
    }
}
