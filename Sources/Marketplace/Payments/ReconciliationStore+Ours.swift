// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A payment of the provider as we have it.
struct PaymentHere: Sendable {
    /// failed 1 < authorized 2 < captured 3 < partially_refunded 4 < refunded 5.
    let rank: Int16
    let amount: Int64
    let currency: String
    let order: OrderID
}

/// A refund of the provider as we have it.
struct RefundHere: Sendable {
    let order: OrderID
    let amount: Int64
    let currency: String
    let status: String
}

/// Money that moved here, with what the ledger says of it.
struct MoneyHere: Sendable {
    let kind: ReconciledDifference.Kind
    let providerID: String
    let order: OrderID
    let amount: Int64
    let currency: String
    /// Minor units in `psp_clearing`; nil where there is no entry.
    let booked: Int64?
}

extension ReconciliationStore {
    /// A payment of the provider; nil where we do not know it.
    func payment(_ name: String) async throws -> PaymentHere? {
        try await pool.first(
            """
            select rank, amount_minor, currency, order_id from payments.provider_payments
             where provider = $1 and provider_payment_id = $2
            """, RazorpayClient.provider, name
        ).map {
            PaymentHere(
                rank: try $0.int16(0), amount: try $0.int64(1), currency: try $0.string(2),
                order: OrderID(rawValue: try $0.int64(3)))
        }
    }

    /// A refund of the provider; nil where we do not know it.
    func refund(_ name: String) async throws -> RefundHere? {
        try await pool.first(
            "select order_id, amount, currency, status from checkout.refunds_here_v1($1, $2)", RazorpayClient.provider,
            [name]
        ).map {
            RefundHere(
                order: OrderID(rawValue: try $0.int64(0)), amount: try $0.int64(1), currency: try $0.string(2),
                status: try $0.string(3))
        }
    }

    /// Attempts of the span that have not ended and have an order at the provider, by id, behind one of them.
    func unpaidOrders(
        _ span: ReconciledSpan, after id: Int64, limit: Int
    ) async throws -> [(id: Int64, providerOrder: String)] {
        try await pool.query(
            """
            select id, provider_order_id from payments.payments
             where id > $1 and provider = $2 and provider_order_id is not null and created_at >= $3 and created_at < $4
               and status in ('initiated', 'failed', 'authorized', 'expired', 'voided')
             order by id limit $5
            """, id, RazorpayClient.provider, PostgresTimestamp(microseconds: span.from.microseconds),
            PostgresTimestamp(microseconds: span.to.microseconds), limit
        ).map { (try $0.int64(0), try $0.string(1)) }
    }

    /// Money that moved in the span, by kind and name, behind one of them.
    func money(
        _ span: ReconciledSpan, after: (kind: String, name: String), limit: Int
    ) async throws -> [MoneyHere] {
        try await pool.query(
            """
            select kind, provider_id, order_id, amount, currency, booked
              from checkout.money_here_v1($1, $2, $3, $4, $5, $6)
            """, RazorpayClient.provider, PostgresTimestamp(microseconds: span.from.microseconds),
            PostgresTimestamp(microseconds: span.to.microseconds), after.kind, after.name, Int32(clamping: limit)
        ).map {
            MoneyHere(
                kind: try $0.string(0) == "refund" ? .refund : .payment, providerID: try $0.string(1),
                order: OrderID(rawValue: try $0.int64(2)), amount: try $0.int64(3), currency: try $0.string(4),
                booked: try $0.int64OrNil(5))
        }
    }
}
