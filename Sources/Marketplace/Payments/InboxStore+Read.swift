// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

extension InboxStore {
    /// The events of these states, newest first.
    static func events(
        _ states: [InboxEvent.State], after: (receivedAt: Timestamp, id: String)?, limit: Int,
        in client: some PostgresClient
    ) async throws -> [InboxEvent] {
        let position = after ?? (Timestamp(microseconds: .max), "")
        return try await client.query(
            SQL.page, RazorpayClient.provider, states.filter { $0 != .conflict }.map(\.rawValue),
            states.contains(.conflict), PostgresTimestamp(microseconds: position.receivedAt.microseconds), position.id,
            limit
        ).map(Self.event)
    }

    /// All that is kept under one id: the event, and what came under its name with other bodies.
    static func events(named id: String, in client: some PostgresClient) async throws -> [InboxEvent] {
        try await client.query(SQL.named, RazorpayClient.provider, id).map(Self.event)
    }

    /// An event with its body, to be applied again; nil when there is none.
    static func stored(
        _ id: String, in client: some PostgresClient
    ) async throws -> (event: PaymentMessage.Event, state: InboxEvent.State)? {
        try await client.first(
            """
            select event_id, event_type, body_hash, body, state from payments.events where provider = $1 and event_id = $2
            """, RazorpayClient.provider, id
        ).map { row in
            guard let hash = Hash32(try row.bytes(2)) else { throw JournalError.fault("an event has no hash") }
            return (
                PaymentMessage.Event(
                    id: try row.string(0), type: try row.string(1), bodyHash: hash, body: try row.bytes(3)),
                try state(row, 4)
            )
        }
    }

    private static func state(_ row: PostgresRow, _ column: Int) throws -> InboxEvent.State {
        guard let state = InboxEvent.State(rawValue: try row.string(column)) else {
            throw JournalError.fault("an event has an unknown state")
        }
        return state
    }

    private static func event(_ row: PostgresRow) throws -> InboxEvent {
        InboxEvent(
            id: try row.string(0), type: try row.string(1), state: try state(row, 2), order: try row.stringOrNil(3),
            payment: try row.stringOrNil(4), note: try row.stringOrNil(5),
            receivedAt: Timestamp(microseconds: try row.timestamp(6)),
            processedAt: try row.timestampOrNil(7).map { Timestamp(microseconds: $0) })
    }

    private enum SQL {
        // Each arm by its own index, no further than the page.
        static let page = PostgresSQL(
            text: """
                select * from (
                  (select \(columns) from payments.events
                    where state in ('received', 'waiting', 'failed', 'replayed') and state = any ($2) and provider = $1
                      and (received_at, event_id) < ($4, $5) order by received_at desc, event_id desc limit $6)
                  union all \(ended("processed"))
                  union all \(ended("ignored"))
                  union all
                  (select \(conflict) from payments.event_conflicts
                    where $3 and provider = $1 and (received_at, event_id) < ($4, $5)
                    order by received_at desc, event_id desc limit $6)) x
                 order by received_at desc, event_id desc limit $6
                """)
        static let named = PostgresSQL(
            text: """
                select \(columns) from payments.events where provider = $1 and event_id = $2
                union all
                select \(conflict) from payments.event_conflicts where provider = $1 and event_id = $2
                """)

        /// As the predicate of the state's own index says it.
        private static func ended(_ state: String) -> String {
            """
            (select \(columns) from payments.events
              where state = '\(state)' and '\(state)' = any ($2) and provider = $1
                and (received_at, event_id) < ($4, $5) order by received_at desc, event_id desc limit $6)
            """
        }

        private static let columns =
            "event_id, event_type, state, provider_order_id, provider_payment_id, note, received_at, processed_at"
        private static let conflict =
            "event_id, event_type, 'conflict', null::text, null::text, null::text, received_at, null::timestamptz"
    }
}
