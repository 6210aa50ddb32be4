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
    /// How many questions of its schedule were taken.
    let step: Int
}

extension PaymentStore {
    /// Takes attempts whose next question is due, and sets the time of the one after it: 30 s, 2 min, 10 min, 1 h, 6 h, 24 h
    /// after the attempt began, then daily to day 5; daily as long as money is set aside. Rows that another process has just taken are skipped.
    ///
    /// An intent without the provider's order is left alone for 60 s: its request may still be calling. Authorized money comes first: it
    /// waits to be taken, and its buyer for that.
    func takeDueChecks(limit: Int) async throws -> [PaymentCheck] {
        try await postgres().query(
            """
            update payments.payments p
               set checks = p.checks + 1,
                   next_check_at = case when p.checks < 9 then p.created_at + interval '1 second' *
                     ('{120,600,3600,21600,86400,172800,259200,345600,432000}'::int[])[p.checks + 1]
                     when p.status = 'authorized' then now() + interval '1 day' end
              from (select id from payments.payments
                     where next_check_at <= now() and status in ('created', 'initiated', 'failed', 'authorized', 'expired')
                       and (provider_order_id is not null
                            or (status = 'created' and created_at < now() - interval '60 seconds'))
                     order by status = 'authorized' desc, next_check_at limit $1 for no key update skip locked) due
             where p.id = due.id
            returning p.id, p.order_id, p.amount_minor, p.currency, p.provider_order_id, p.status, p.checks
            """, Int32(clamping: limit)
        ).map(Self.check)
    }

    /// Gives steps of schedules back whose questions had no answer, those aside that somebody has taken since. A day after the last they count:
    /// what the provider never answers is not asked for ever, unless money is set aside.
    func putBack(_ checks: [PaymentCheck], after pause: Duration) async throws {
        guard !checks.isEmpty else { return }
        try await postgres().execute(
            """
            with taken as (
              select p.id from payments.payments p join unnest($1::bigint[], $2::int[]) u(id, checks) on u.id = p.id and u.checks = p.checks
               where p.status in ('created', 'initiated', 'failed', 'authorized', 'expired')
                 and (p.created_at > now() - interval '6 days' or p.status = 'authorized')
               order by p.id for no key update of p)
            update payments.payments p set checks = p.checks - 1, next_check_at = now() + make_interval(secs => $3)
              from taken where p.id = taken.id
            """, checks.map(\.payment.rawValue), checks.map { Int32(clamping: $0.step) },
            Double(pause.components.seconds))
    }

    /// One attempt, whenever it was asked about last; nil when there is none.
    func check(_ payment: PaymentID) async throws -> PaymentCheck? {
        try await postgres().first(
            """
            select id, order_id, amount_minor, currency, provider_order_id, status, checks from payments.payments where id = $1
            """, payment.rawValue
        ).map(Self.check)
    }

    private static func check(_ row: PostgresRow) throws -> PaymentCheck {
        guard let currency = Currency(try row.string(3)) else { throw JournalError.fault("a payment has no currency") }
        return PaymentCheck(
            payment: PaymentID(rawValue: try row.int64(0)), order: OrderID(rawValue: try row.int64(1)),
            amount: Money(minor: try row.int64(2), currency: currency), providerOrder: try row.stringOrNil(4),
            status: try row.string(5), step: try row.int(6))
    }

    /// Takes events that spoke of no payment of ours when they came, and speak of one now; each is taken again after a growing
    /// pause, 30 s to an hour, as long as it waits.
    func takeMatchedEvents(limit: Int) async throws -> [PaymentMessage.Event] {
        try await postgres().query(
            """
            update payments.events e
               set matches = least(e.matches + 1, 1000),
                   next_match_at = now() + make_interval(secs => least(30 * 2 ^ least(e.matches, 10), 3600))
              from (select w.provider, w.event_id from payments.events w
                     where w.state = 'waiting' and w.provider = $1 and coalesce(w.next_match_at, w.received_at) <= now()
                       and (exists (select 1 from payments.payments p
                                     where p.provider = w.provider and p.provider_order_id = w.provider_order_id)
                            or exists (select 1 from payments.provider_payments q
                                        where q.provider = w.provider and q.provider_payment_id = w.provider_payment_id))
                     order by w.received_at limit $2 for no key update skip locked) due
             where e.provider = due.provider and e.event_id = due.event_id
            returning e.event_id, e.event_type, e.body_hash, e.body
            """, RazorpayClient.provider, Int32(clamping: limit)
        ).map { row in
            guard let hash = Hash32(try row.bytes(2)) else { throw JournalError.fault("an event has no hash") }
            return PaymentMessage.Event(
                id: try row.string(0), type: try row.string(1), bodyHash: hash, body: try row.bytes(3))
        }
    }

    /// Ends the waiting of events that matched nothing for 72 hours: failed, with an alert among the jobs.
    func giveUpWaitingEvents(limit: Int) async throws -> [(id: String, type: String)] {
        try await postgres().query(
            "select event_id, event_type from checkout.give_up_waiting_events_v1($1)", Int32(clamping: limit)
        ).map { (try $0.string(0), try $0.string(1)) }
    }
}
