// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Orders
import Postgres
import Refunds

/// What all contexts together know of an order, for admins who look into one: nobody else reads across them.
enum OrderDossierStore {
    /// Orders of one flag, at most; older ones are found by their numbers.
    static let flaggedMax = 1000

    /// The newest orders that have a payment with this flag; none for a flag that payments do not have.
    static func flagged(_ flag: OrderFlag, in client: some PostgresClient) async throws -> [OrderID] {
        let rows: PostgresRows
        // Each by its own partial index.
        switch flag {
        case .stuck: return []
        case .late:
            rows = try await client.query(
                "select distinct order_id from payments.payments where late order by order_id desc limit $1", flaggedMax
            )
        case .mismatch:
            rows = try await client.query(
                "select distinct order_id from payments.payments where mismatch order by order_id desc limit $1",
                flaggedMax)
        }
        return try rows.map { OrderID(rawValue: try $0.int64(0)) }
    }

    /// - Cost: seven statements, each led by an index.
    static func dossier(
        of order: OrderID, parts: [SellerOrderID], in client: some PostgresClient
    ) async throws -> OrderDossier {
        OrderDossier(
            inboxEvents: try await inboxEvents(of: order, in: client),
            refunds: try await refundsOfOrder(order, in: client),
            paymentHistory: try await paymentHistory(of: order, in: client),
            ledgerEntries: try await ledgerEntries(of: order, in: client),
            reservations: try await reservations(of: order, in: client),
            audit: try await audit(of: order, parts: parts, in: client))
    }

    /// Events that name a payment of the order's, or its order at the provider: what was not matched, or contradicts us, is among them. An event
    /// that came again with another body stands there once more, as `conflict`.
    private static func inboxEvents(of order: OrderID, in client: some PostgresClient) async throws -> [[UInt8]] {
        try await client.query(
            """
            with e as materialized (
              select e.provider, e.event_id, e.event_type, e.state, e.received_at, e.processed_at, e.note
                from payments.provider_payments q
                join payments.events e on e.provider_payment_id = q.provider_payment_id and e.provider = q.provider
               where q.order_id = $1
              union
              select e.provider, e.event_id, e.event_type, e.state, e.received_at, e.processed_at, e.note
                from payments.payments p
                join payments.events e on e.provider_order_id = p.provider_order_id and e.provider = p.provider and e.state <> 'processed'
               where p.order_id = $1)
            select x.event_id, x.event_type, x.state, x.received_at, x.processed_at, x.note
              from (select e.event_id, e.event_type, e.state, e.received_at, e.processed_at, e.note from e
                    union all
                    select c.event_id, c.event_type, 'conflict', c.received_at, null, 'came again with another body'
                      from e join payments.event_conflicts c on c.provider = e.provider and c.event_id = e.event_id) x
             order by x.received_at, x.event_id, x.state limit 200
            """, order.rawValue
        ).map { row in
            try object { json in
                json.field("event_id", try row.string(0))
                json.field("type", try row.string(1))
                json.field("state", try row.string(2))
                json.field("received_at", Timestamp(microseconds: try row.timestamp(3)))
                json.fieldIfPresent(
                    "processed_at", try row.timestampOrNil(4).map { Timestamp(microseconds: $0) })
                json.fieldIfPresent("note", try row.stringOrNil(5))
            }
        }
    }

    private static func paymentHistory(of order: OrderID, in client: some PostgresClient) async throws -> [[UInt8]] {
        try await client.query(
            """
            select h.payment_id, h.at, h.from_status, h.to_status, h.actor, h.cause, h.request_id
              from payments.payments p join payments.history h on h.payment_id = p.id
             where p.order_id = $1 order by h.id limit 200
            """, order.rawValue
        ).map { row in
            try object { json in
                json.field("payment_id", PaymentID(rawValue: try row.int64(0)))
                json.field("at", Timestamp(microseconds: try row.timestamp(1)))
                json.field("from", try row.string(2))
                json.field("to", try row.string(3))
                json.field("actor", try row.string(4))
                json.fieldIfPresent("event_id", try row.stringOrNil(5))
                json.fieldIfPresent("request_id", try row.stringOrNil(6))
            }
        }
    }

    /// What was booked for an order, oldest first.
    ///
    /// - Parameter seller: whose entries alone are read, each with the lines of the seller's own accounts; nil: all of them.
    static func ledgerEntries(
        of order: OrderID, seller: SellerID? = nil, in client: some PostgresClient
    ) async throws -> [[UInt8]] {
        try await client.query(
            """
            select e.id, e.kind, e.reference, e.created_at, e.currency, array_agg(l.account order by l.line_no),
                   array_agg(l.debit_minor order by l.line_no), array_agg(l.credit_minor order by l.line_no)
              from ledger.entries e join ledger.lines l on l.entry_id = e.id
             where e.order_id = $1
               and ($2::bigint is null or l.account = any (array['seller_pending:' || $2, 'seller_available:' || $2, 'dispute_loss:' || $2])
                    or (l.account like 'buyer_receivable:%' and split_part(l.account, ':', 3) = $2::text))
             group by e.id order by e.created_at, e.id
            """, order.rawValue, seller?.rawValue
        ).map { row in
            let accounts: [String] = try row.decode(5)
            let debits: [Int64] = try row.decode(6)
            let credits: [Int64] = try row.decode(7)
            guard let currency = Currency(try row.string(4)) else {
                throw JournalEntryFault(entry: try row.int64(0))
            }
            return try object { json in
                json.field("id", JournalEntryID(rawValue: try row.int64(0)))
                json.field("kind", try row.string(1))
                json.field("reference", try row.string(2))
                json.field("created_at", Timestamp(microseconds: try row.timestamp(3)))
                json.array("lines") { json in
                    for (index, account) in accounts.enumerated() {
                        json.object { json in
                            json.field("account", account)
                            json.field("debit", Money(minor: debits[index], currency: currency))
                            json.field("credit", Money(minor: credits[index], currency: currency))
                        }
                    }
                }
            }
        }
    }

    /// An entry in no currency that there is.
    private struct JournalEntryFault: Error {
        let entry: Int64
    }

    private static func reservations(of order: OrderID, in client: some PostgresClient) async throws -> [[UInt8]] {
        try await client.query(
            """
            select seller_order_id, state, expires_at, variant_ids, quantities, updated_at
              from inventory.reservations where order_id = $1 order by seller_order_id
            """, order.rawValue
        ).map { row in
            let variants: [Int64] = try row.decode(3)
            let quantities: [Int32] = try row.decode(4)
            return try object { json in
                json.field("seller_order_id", SellerOrderID(rawValue: try row.int64(0)))
                json.field("state", try row.string(1))
                json.field("expires_at", Timestamp(microseconds: try row.timestamp(2)))
                json.array("units") { json in
                    for (variant, quantity) in zip(variants, quantities) {
                        json.object { json in
                            json.field("variant_id", VariantID(rawValue: variant))
                            json.field("quantity", Int(quantity))
                        }
                    }
                }
                json.field("updated_at", Timestamp(microseconds: try row.timestamp(5)))
            }
        }
    }

    private static func audit(
        of order: OrderID, parts: [SellerOrderID], in client: some PostgresClient
    ) async throws -> [[UInt8]] {
        try await client.query(
            """
            select id, at, actor_type, actor_id, actor_ip, action, entity_type, entity_id, before, after, reason, request_id
              from platform.audit
             where (entity_type = 'order' and entity_id = $1) or (entity_type = 'seller_order' and entity_id = any ($2))
                or (entity_type = 'refund' and entity_id = any (array(select r.id from refunds.refunds r where r.order_id = $1)))
                or (entity_type = 'payment' and entity_id = any (array(select p.id from payments.payments p where p.order_id = $1)))
             order by id limit 1000
            """, order.rawValue, parts.map(\.rawValue)
        ).map { row in
            let type = try row.string(6)
            let entity = try row.int64(7)
            return try object { json in
                json.field("id", AuditEntryID(rawValue: try row.int64(0)))
                json.field("at", Timestamp(microseconds: try row.timestamp(1)))
                try json.object("actor") { json in
                    json.field("type", try row.string(2))
                    json.fieldIfPresent("id", try row.int64OrNil(3).map { UserID(rawValue: $0) })
                    json.fieldIfPresent("ip", try row.stringOrNil(4))
                }
                json.field("action", try row.string(5))
                try json.object("entity") { json in
                    json.field("type", try row.string(6))
                    json.field("id", name(of: entity, type))
                }
                if let before = try row.bytesOrNil(8) { json.field("before", raw: before) }
                if let after = try row.bytesOrNil(9) { json.field("after", raw: after) }
                json.fieldIfPresent("reason", try row.stringOrNil(10))
                json.fieldIfPresent("request_id", try row.stringOrNil(11))
            }
        }
    }

    /// The id of what an act was about, as the API writes it.
    private static func name(of entity: Int64, _ type: String) -> String {
        switch type {
        case "order": "\(OrderID(rawValue: entity))"
        case "refund": "\(RefundID(rawValue: entity))"
        case "payment": "\(PaymentID(rawValue: entity))"
        default: "\(SellerOrderID(rawValue: entity))"
        }
    }

    private static func object(_ members: (inout JSONWriter) throws -> Void) throws -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        try json.object(members)
        return json.bytes
    }
}
