// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// `PUT /api/notifications/preferences/`: says anew what the caller wants to be told of; what is left out is wanted. Security mails are
/// always on.
struct UpdateNotificationPreferences: Sendable {
    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try request.json { body in NotificationChoices(&body) }
        } _: { transaction, choices in
            try await NotificationStore.setPreferences(choices.stored, of: caller.user, in: transaction)
            return choices.response
        }
    }
}
