// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// `GET /api/notifications/unread-count/`: how many notifications the caller has not read, from a counter.
struct CountUnread: Sendable {
    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let unread = try await NotificationStore.unread(of: caller.user, in: dependencies.pool)
        return .json { $0.field("unread_count", unread) }
    }
}
