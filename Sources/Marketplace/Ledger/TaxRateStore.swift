// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// The SQL of tax rates.
struct TaxRateStore: Sendable {
    /// Rates change some times in ten years.
    static let ratesMax: Int64 = 500

    let client: any PostgresClient

    private static let columns = """
        r.kind, to_char(r.effective_from, 'YYYY-MM-DD'), r.rate_bps, r.base, r.source, r.set_by
        """
    private enum SQL {
        static let all = PostgresSQL(
            text: "select \(columns) from ledger.tax_rates r order by r.kind, r.effective_from desc limit $1")
        static let insert = PostgresSQL(
            text: """
                insert into ledger.tax_rates as r (kind, effective_from, rate_bps, base, source, set_by)
                values ($1, $2::text::date, $3, $4, $5, $6) on conflict (kind, effective_from) do nothing returning \(columns)
                """)
    }

    /// All rates, the newest of a kind first.
    func rates() async throws(PostgresError) -> [TaxRate] {
        var rates: [TaxRate] = []
        for row in try await client.query(SQL.all, Self.ratesMax) { rates.append(try Self.rate(row)) }
        return rates
    }

    /// What became of a rate that was to be added.
    enum Addition: Sendable {
        case added(TaxRate)
        /// That kind has a rate from that day on.
        case known
        /// The day is past; the transaction is then good for nothing but being undone.
        case past
    }

    /// Adds a rate.
    func add(_ rate: TaxRate) async throws(PostgresError) -> Addition {
        do {
            guard let added = try await insert(rate) else { return .known }
            return .added(added)
        } catch  where error.sqlstate == "MP011" {
            return .past
        }
    }

    private func insert(_ rate: TaxRate) async throws(PostgresError) -> TaxRate? {
        let row = try await client.first(
            SQL.insert, rate.kind.rawValue, rate.effectiveFrom, rate.rate.rawValue, rate.base.rawValue, rate.source,
            rate.setBy?.rawValue)
        guard let row else { return nil }
        return try Self.rate(row)
    }

    private static func rate(_ row: PostgresRow) throws(PostgresError) -> TaxRate {
        guard let kind = TaxRate.Name(rawValue: try row.string(0)), let rate = BasisPoints(try row.int32(2)),
            let base = TaxRate.Base(rawValue: try row.string(3))
        else { throw PostgresError(.decoding, outcome: .notExecuted, "a tax rate cannot be read") }
        return TaxRate(
            kind: kind, effectiveFrom: try row.string(1), rate: rate, base: base, source: try row.string(4),
            setBy: try row.int64OrNil(5).map { UserID(rawValue: $0) })
    }
}
