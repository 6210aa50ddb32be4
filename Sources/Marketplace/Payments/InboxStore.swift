// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// The inbox around an effect of the caller's own transaction (`checkout.event_arrives_v1`, `checkout.event_ends_v1`).
enum InboxStore {
    /// What the inbox knows of an event that arrives; raw values are the function's codes.
    enum Arrival: Int16, Sendable {
        /// It is to be applied.
        case new = 0
        /// It was here with this body.
        case duplicate = 2
        /// It was here with another body.
        case conflict = 3
    }

    /// Keeps an event, or finds it. Waits while another transaction works on the same one.
    static func arrive(
        _ event: PaymentMessage.Event, order: String?, payment: String?, in transaction: PostgresTransaction
    ) async throws -> Arrival {
        let code = try await transaction.query(
            "select checkout.event_arrives_v1($1, $2, $3, $4, $5, $6, $7)", RazorpayClient.provider, event.id,
            event.type,
            event.bodyHash.bytes, event.body, order, payment
        ).only().int16(0)
        guard let arrival = Arrival(rawValue: code) else {
            throw JournalError.fault("event_arrives_v1 answers \(code)")
        }
        return arrival
    }

    /// Clears ten minutes of what is older than is kept; whether there is more.
    static func clear(keeping: Duration, in client: some PostgresClient) async throws -> Bool {
        try await client.query(
            "select checkout.clear_events_v1(make_interval(secs => $1))", Double(keeping.components.seconds)
        ).only().bool(0)
    }

    /// Says what became of an event that was to be applied.
    static func end(
        _ event: PaymentMessage.Event, state: String, note: String?, in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            "select checkout.event_ends_v1($1, $2, $3, $4)", RazorpayClient.provider, event.id, state, note)
    }
}
