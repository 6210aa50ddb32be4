// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ledger/entries/`: a page of entries with their lines, newest first.
struct ListLedgerEntries: Sendable {
    static let path = "/api/admin/ledger/entries/"
    static let parameters = Pages.parametersAndSort + LedgerEntryFilter.parameters

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let filter = try LedgerEntryFilter.read(request.query)
        let list = filter.identity
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await LedgerStore(client: dependencies.pool).entries(
            filter, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.id.rawValue)]) }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> JournalEntryID {
        guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return JournalEntryID(rawValue: id)
    }
}
