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
    func book(_ settlement: RazorpaySettlement, entry: Int64) async throws {
        try await pool.execute(
            "select checkout.psp_settled_v1($1, $2, $3, $4, $5, $6, $7)", entry, RazorpayClient.provider,
            settlement.id, settlement.gross, settlement.fees - settlement.tax, settlement.tax,
            Currency.inr.description)
    }

    private static func settlement(_ row: PostgresRow) throws -> SettlementHere {
        SettlementHere(
            name: try row.string(0), bank: try row.int64(1), clearing: try row.int64(2), currency: try row.string(3))
    }
}
