// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// `GET /api/notifications/preferences/`: what the caller wants to be told of, by kind and channel.
struct ReadNotificationPreferences: Sendable {
    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        NotificationChoices(
            stored: try await NotificationStore.preferences(of: caller.user, in: dependencies.pool)
        ).response
    }
}
