// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// An attempt that has not ended, about which the provider is asked.
struct PaymentCheck: Sendable {
    let payment: PaymentID
    let order: OrderID
    let amount: Money
    /// nil: the call that makes it never answered.
    let providerOrder: String?
    let status: String
}

extension PaymentStore {
    /// Takes attempts whose next question is due, and sets the time of the one after it: 30 s, 2 min, 10 min, 1 h, 6 h, 24 h
    /// after the attempt began, then daily to day 5. Rows that another process has just taken are skipped.
    ///
    /// An intent without the provider's order is left alone for 60 s: its request may still be calling.
    func takeDueChecks(limit: Int) async throws -> [PaymentCheck] {
        try await postgres().query(
            """
            update payments.payments p
               set checks = p.checks + 1,
                   next_check_at = case when p.checks < 9 then p.created_at + interval '1 second' *
                     ('{120,600,3600,21600,86400,172800,259200,345600,432000}'::int[])[p.checks + 1] end
              from (select id from payments.payments
                     where next_check_at <= now() and status in ('created', 'initiated', 'failed', 'authorized', 'expired')
                       and (provider_order_id is not null
                            or (status = 'created' and created_at < now() - interval '60 seconds'))
                     order by next_check_at limit $1 for no key update skip locked) due
             where p.id = due.id
            returning p.id, p.order_id, p.amount_minor, p.currency, p.provider_order_id, p.status
            """, Int32(clamping: limit)
        ).map(Self.check)
    }

    /// One attempt, whenever it was asked about last; nil when there is none.
    func check(_ payment: PaymentID) async throws -> PaymentCheck? {
        try await postgres().first(
            """
            select id, order_id, amount_minor, currency, provider_order_id, status from payments.payments where id = $1
            """, payment.rawValue
        ).map(Self.check)
    }

    private static func check(_ row: PostgresRow) throws -> PaymentCheck {
        guard let currency = Currency(try row.string(3)) else { throw JournalError.fault("a payment has no currency") }
        return PaymentCheck(
            payment: PaymentID(rawValue: try row.int64(0)), order: OrderID(rawValue: try row.int64(1)),
            amount: Money(minor: try row.int64(2), currency: currency), providerOrder: try row.stringOrNil(4),
            status: try row.string(5))
    }

    /// Events that spoke of no payment of ours when they came, and speak of one now.
    func matchedEvents(limit: Int) async throws -> [PaymentMessage.Event] {
        try await postgres().query(
            """
            select e.event_id, e.event_type, e.body_hash, e.body from payments.events e
             where e.state = 'waiting' and e.provider = $1
               and exists (select 1 from payments.payments p
                            where p.provider = e.provider and p.provider_order_id = e.provider_order_id)
             order by e.received_at limit $2
            """, RazorpayClient.provider, Int32(clamping: limit)
        ).map { row in
            guard let hash = Hash32(try row.bytes(2)) else { throw JournalError.fault("an event has no hash") }
            return PaymentMessage.Event(
                id: try row.string(0), type: try row.string(1), bodyHash: hash, body: try row.bytes(3))
        }
    }
}
