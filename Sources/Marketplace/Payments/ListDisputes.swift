// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/disputes/`: a page of disputes, newest first, each with its deadline.
struct ListDisputes: Sendable {
    static let path = "/api/admin/disputes/"
    static let parameters = Pages.parametersAndSort + ["status"]

    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let statuses = try Self.statuses(request.query)
        let list = ListIdentity(
            route: Self.path, sort: "-opened_at",
            filters: statuses.map { [("status", $0.map(\.rawValue).sorted().joined(separator: ","))] } ?? [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await DisputeStore.disputes(
            statuses: statuses, after: try asked.after.map(Self.position), limit: asked.limit + 1,
            in: dependencies.pool.reads)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.openedAt.microseconds), .number($0.id.rawValue)])
        }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> (openedAt: Timestamp, id: DisputeID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), DisputeID(rawValue: id))
    }

    private static func statuses(_ query: QueryItems) throws -> [DisputeStatus]? {
        let known = DisputeStatus.allCases.map(\.rawValue).joined(separator: ", ")
        return try query.single("status", expected: "a comma list of \(known)") { text -> [DisputeStatus]? in
            var statuses: [DisputeStatus] = []
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let status = DisputeStatus(rawValue: String(word)) else { return nil }
                if !statuses.contains(status) { statuses.append(status) }
            }
            return statuses
        }
    }
}
