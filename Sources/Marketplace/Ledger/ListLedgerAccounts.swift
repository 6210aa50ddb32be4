// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ledger/accounts/`: a page of accounts with what they hold, by name.
struct ListLedgerAccounts: Sendable {
    static let path = "/api/admin/ledger/accounts/"
    static let parameters = Pages.parametersAndSort + ["class"]

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let name = try request.query.single("class", expected: "a class of accounts") { text in
            LedgerAccount.classNames.contains(text) ? text : nil
        }
        let list = ListIdentity(
            route: Self.path, sort: "account", filters: name.map { [("class", $0)] } ?? [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await LedgerStore(client: dependencies.pool).accounts(
            ofClass: name, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.text($0.account.stored)]) }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> String {
        guard cursor.keys.count == 1, case .text(let name) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return name
    }
}
