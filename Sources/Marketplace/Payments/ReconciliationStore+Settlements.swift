// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// What the ledger has of a settlement of the provider's.
struct SettlementHere: Sendable {
    let name: String
    /// What came to the bank, minor units.
    let bank: Int64
    /// What left the provider's account.
    let clearing: Int64
    let currency: String
}

extension ReconciliationStore {
    /// What the ledger has of one settlement; nil where it has no entry.
    func settlement(_ name: String) async throws -> SettlementHere? {
        try await pool.first(
            "select settlement, bank, clearing, currency from checkout.settlements_here_v1($1, array[$2], null, null, '', 1)",
            RazorpayClient.provider, name
        ).map(Self.settlement)
    }

    /// Those that were booked in a span, by name.
    func settlements(_ span: ReconciledSpan, after: String, limit: Int) async throws -> [SettlementHere] {
        try await pool.query(
            "select settlement, bank, clearing, currency from checkout.settlements_here_v1($1, null, $2, $3, $4, $5)",
            RazorpayClient.provider, PostgresTimestamp(microseconds: span.from.microseconds),
            PostgresTimestamp(microseconds: span.to.microseconds), after, Int32(limit)
        ).map(Self.settlement)
    }

    /// Books what the provider has paid to the bank, once.
    func book(_ money: SettledMoney, entry: Int64) async throws {
        try await pool.execute(
            "select checkout.psp_settled_v1($1, $2, $3, $4, $5, $6, $7)", entry, RazorpayClient.provider,
            money.settlement.id, money.gross, money.fees, money.tax, Currency.inr.description)
    }

    /// What was captured here of payments of the provider, minor units.
    func captured(_ payments: [String]) async throws -> [String: Int64] {
        let rows = try await pool.query(
            """
            select provider_payment_id, amount_minor from payments.provider_payments
             where provider = $1 and provider_payment_id = any ($2) and rank >= 3
            """, RazorpayClient.provider, payments)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.string(0), try $0.int64(1)) })
    }

    /// What goes back here with refunds of the provider, minor units.
    func refunded(_ refunds: [String]) async throws -> [String: Int64] {
        let rows = try await pool.query(
            "select provider_refund_id, amount from checkout.refunds_here_v1($1, $2)", RazorpayClient.provider, refunds)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.string(0), try $0.int64(1)) })
    }

    /// Which of these disputes of the provider are known here.
    func disputes(_ names: [String]) async throws -> Set<String> {
        let rows = try await pool.query(
            "select provider_dispute_id from payments.disputes where provider = $1 and provider_dispute_id = any ($2)",
            RazorpayClient.provider, names)
        return Set(try rows.map { try $0.string(0) })
    }

    private static func settlement(_ row: PostgresRow) throws -> SettlementHere {
        SettlementHere(
            name: try row.string(0), bank: try row.int64(1), clearing: try row.int64(2), currency: try row.string(3))
    }
}
