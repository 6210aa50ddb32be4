// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/notifications/mark-all-read/`: marks what the caller was told until a moment, now unless one is given. What comes meanwhile stays
/// unread.
struct MarkAllRead: Sendable {
    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let news = dependencies.news
        return try await dependencies.transactions.run(request, as: caller.principal) {
            try request.json { body in body.optionalParsed("before", length: 1...40) { Timestamp(rfc3339: $0) } }
        } _: { transaction, before in
            MarkRead.response(
                try await NotificationStore.markAllRead(of: caller.user, before: before, in: transaction))
        } afterCommit: { _ in
            await news.announce(.notifications([caller.user]))
        }
    }
}
