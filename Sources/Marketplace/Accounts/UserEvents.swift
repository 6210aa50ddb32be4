// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What subscribers are told of an account's life, one event for each step, in the transaction of the step.
enum UserEvents {
    /// Appends the user's next event. It says which user and nothing else: who that was may have been removed just now.
    static func append(_ type: String, of user: UserID, in transaction: PostgresTransaction) async throws {
        var payload = JSONWriter(capacity: 48)
        payload.object { $0.field("user_id", user.rawValue) }
        try await OutboxStore.append(
            OutboxEvent(
                type: type, aggregateType: "user", aggregateID: user.rawValue,
                sequence: try await AccountsStore.nextEvent(of: user, in: transaction), payload: payload.bytes),
            in: transaction)
    }
}
