// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension BenchStore {
    /// What became of the attempts that events were sent about, by attempt.
    func payments(of events: [SentEvent]) async throws(PostgresError) -> [PaymentID: StoredPayment] {
        var stored: [PaymentID: StoredPayment] = [:]
        var start = 0
        while start < events.count {
            let some = events[start..<min(start + Self.chunk, events.count)]
            start += some.count
            var parameters = PostgresParameters()
            parameters.appendArray(some) { $0.attempt.id.rawValue }
            parameters.appendArray(some) { $0.id }
            parameters.appendArray(some) { "razorpay:" + $0.payment }
            let rows = try await client.query(
                """
                select p.id, p.status, p.captured_minor, o.status, o.paid_minor,
                       (select count(*) from payments.events e
                         where e.provider = 'razorpay' and e.event_id = x.event and e.state = 'processed'),
                       (select count(*) from payments.provider_payments q where q.payment_id = p.id and q.rank = 3),
                       l.entries, l.debit, l.credit
                  from unnest($1::bigint[], $2::text[], $3::text[]) x(id, event, reference)
                  join payments.payments p on p.id = x.id
                  left join orders.orders o on o.id = p.order_id
                  cross join lateral (
                    select count(distinct e.id) entries, coalesce(sum(l.debit_minor), 0)::bigint debit,
                           coalesce(sum(l.credit_minor), 0)::bigint credit
                      from ledger.entries e left join ledger.lines l on l.entry_id = e.id
                     where e.kind = 'payment_captured' and e.reference = x.reference) l
                """, with: parameters, timeout: Self.patience)
            for row in rows {
                stored[PaymentID(rawValue: try row.int64(0))] = StoredPayment(
                    status: try row.string(1), captured: try row.int64(2), orderStatus: try row.stringOrNil(3),
                    paid: try row.int64OrNil(4), events: try row.int(5), payments: try row.int(6),
                    entries: try row.int(7), debit: try row.int64(8), credit: try row.int64(9))
            }
        }
        return stored
    }
}
