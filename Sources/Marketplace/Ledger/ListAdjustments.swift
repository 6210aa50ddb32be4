// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ledger/adjustments/`: a page of corrections that were asked for, newest first.
struct ListAdjustments: Sendable {
    static let path = "/api/admin/ledger/adjustments/"
    static let parameters = Pages.parametersAndSort + ["state"]
    static let description = RouteDescription(
        tag: .ledger, summary: "List corrections of the ledger",
        text: "Newest first; `state=requested` are those that wait.",
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query("state", "Those in this state.", .choice(of: Adjustment.State.self, example: .requested))
        ],
        answers: [.json(.ok, "A page.", .page(of: AdjustLedger.adjustment))],
        problems: [.invalidCursor, .validationFailed])

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let state = try request.query.single("state", expected: "a state") { Adjustment.State(rawValue: $0) }
        let list = ListIdentity(
            route: Self.path, sort: "-created_at", filters: state.map { [("state", $0.rawValue)] } ?? [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await AdjustmentStore(client: dependencies.pool).page(
            state, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.id.rawValue)]) }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> JournalEntryID {
        guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return JournalEntryID(rawValue: id)
    }
}
