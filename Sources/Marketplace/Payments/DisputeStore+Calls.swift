// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What we tell the provider about a dispute.
enum DisputeAction: String, Sendable {
    /// We give in.
    case accept
    /// Evidence that is not handed in yet.
    case draft
    /// Evidence that is handed in.
    case submit
}

/// A call to the provider that is committed before it is made.
struct DisputeCall: Sendable {
    /// Derived from dispute, phase, action and evidence: the same act is the same call, whoever asks for it.
    let key: String
    let dispute: DisputeID
    let providerDispute: String
    let action: DisputeAction
    /// A JSON object as the provider wants it.
    let body: [UInt8]
    /// Whether it may have been made before.
    let isRepeated: Bool
}

extension DisputeStore {
    /// The job that makes a call whose request has died.
    static let callKind = "payment.dispute_call"
    /// The job waits for longer than a request may take.
    private static let callDelay: Duration = .seconds(60)

    /// The call under a key, if it was recorded.
    static func call(_ key: String, in client: some PostgresClient) async throws -> (DisputeCall, isAnswered: Bool)? {
        try await client.first(
            """
            select c.key, c.dispute_id, d.provider_dispute_id, c.action, c.body, c.answered_at is not null
              from payments.dispute_calls c join payments.disputes d on d.id = c.dispute_id where c.key = $1
            """, key
        ).map { row in
            guard let action = DisputeAction(rawValue: try row.string(3)) else {
                throw JournalError.fault("a call about a dispute has an unknown action")
            }
            return (
                DisputeCall(
                    key: try row.string(0), dispute: DisputeID(rawValue: try row.int64(1)),
                    providerDispute: try row.string(2), action: action, body: try row.bytes(4), isRepeated: true),
                isAnswered: try row.bool(5)
            )
        }
    }

    /// Records a call that is going to be made, and owes that somebody makes it.
    static func record(
        _ call: DisputeCall, phase: DisputePhase, actor: String, in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            """
            insert into payments.dispute_calls as c (key, dispute_id, phase, action, body, actor) values ($1, $2, $3, $4, $5, $6)
            on conflict (key) do update set attempts = c.attempts + 1
            """, call.key, call.dispute.rawValue, phase.rawValue, call.action.rawValue, PostgresJSON(bytes: call.body),
            actor)
        var payload = JSONWriter(capacity: 96)
        payload.object { $0.field("key", call.key) }
        try await JobStore.owe(callKind, key: call.key, after: callDelay, payload: payload.bytes, in: transaction)
    }

    /// Says what became of a call; its job has nothing to do any more.
    static func answered(_ key: String, outcome: String, in client: some PostgresClient) async throws {
        try await client.execute(
            "update payments.dispute_calls set answered_at = now(), outcome = left($2, 200) where key = $1", key,
            outcome)
    }
}
