// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/notifications/mark-read/`: marks some of the caller's notifications. Read ones, others' and unknown ones change nothing.
struct MarkRead: Sendable {
    /// Of one request: a page.
    static let idsMax = 100

    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let news = dependencies.news
        return try await dependencies.transactions.run(request, as: caller.principal) {
            try request.json { body in body.strings("ids", count: 0...Self.idsMax, length: 1...64) }
        } _: { transaction, ids in
            let marked = try await NotificationStore.markRead(
                ids.compactMap { NotificationID($0) }, of: caller.user, in: transaction)
            return Self.response(marked)
        } afterCommit: { _ in
            await news.announce(.notifications([caller.user]))
        }
    }

    static func response(_ marked: NotificationStore.Marked) -> HTTPResponse {
        .json { json in
            json.field("updated", marked.updated)
            json.field("unread_count", marked.unread)
        }
    }
}
