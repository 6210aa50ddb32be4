// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/notifications/list/`: what the caller was told, the newest first, in the language that the client accepts.
///
/// - Cost: two statements.
struct ListNotifications: Sendable {
    static let path = "/api/notifications/list/"

    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let (filter, name) = try Self.filter(request)
        let list = ListIdentity(
            route: Self.path, sort: "-created_at",
            filters: [("user", "\(caller.user)"), ("unread", "\(filter.isUnreadOnly)"), ("type", name ?? "")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        // From the primary: who was just told of something looks here next.
        let rows = try await NotificationStore.page(
            of: caller.user, filter, before: try asked.after.map(Self.position), limit: asked.limit + 1,
            in: dependencies.pool)
        let unread = try await NotificationStore.unread(of: caller.user, in: dependencies.pool)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.sequence)]) }
        let language = MailLanguage(accepted: request.headers("Accept-Language"))
        return pages.response(page, in: list, headers: [HTTPHeader("Content-Language", language.rawValue)]) {
            $0.write(in: language, to: &$1)
        } more: {
            $0.field("unread_count", unread)
        }
    }

    private static func filter(_ request: RequestContext) throws -> (NotificationStore.Filter, type: String?) {
        var filter = NotificationStore.Filter()
        switch request.query["unread_only"] {
        case nil, "false": break
        case "true": filter.isUnreadOnly = true
        default: throw Problem(.malformedRequest, detail: "unread_only is neither true nor false.")
        }
        let type = request.query["type"]
        if let type { filter.notices = Notice.of(type).map(\.rawValue) }
        return (filter, type)
    }

    private static func position(_ cursor: PageCursor) throws -> Int64 {
        guard cursor.keys.count == 1, case .number(let sequence) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return sequence
    }
}
