// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of accounts and entries.
struct LedgerStore: Sendable {
    /// Entries of one trace: an order has some for each of its seller orders, refunds and disputes.
    static let traceMax: Int64 = 2000

    let client: any PostgresClient

    // MARK: Accounts

    /// Accounts in the order of their names after one, those of a class where one is named.
    ///
    /// - Cost: a look-up for each account, and the lines of the last hour.
    func accounts(ofClass name: String?, after: String?, limit: Int) async throws(PostgresError) -> [AccountBalance] {
        let rows = try await client.query(
            "select account, debit_minor, credit_minor, lines from ledger.accounts_v1($1, $2, $3)", name, after,
            Int32(clamping: limit))
        var accounts: [AccountBalance] = []
        for row in rows {
            accounts.append(
                AccountBalance(
                    account: LedgerAccount(stored: try row.string(0)),
                    debit: Money(minor: try row.int64(1), currency: .inr),
                    credit: Money(minor: try row.int64(2), currency: .inr), lines: Int(try row.int64(3))))
        }
        return accounts
    }

    // MARK: Entries

    private enum SQL {
        static let columns = "e.id, e.kind, e.reference, e.order_id, e.payment_id, e.currency, e.created_at"
        static let conditions = """
            e.id < $1 and e.id >= $2 and ($3::text is null or e.kind = $3) and ($4::bigint is null or e.order_id = $4)
               and e.created_at >= $5 and e.created_at < $6
            """
        static let entries = PostgresSQL(
            text: """
                select \(columns) from ledger.entries e where \(conditions) order by e.id desc limit $7
                """)
        static let ofAccount = PostgresSQL(
            text: """
                select \(columns)
                  from (select distinct l.entry_id from ledger.lines l where l.account = $8 and l.entry_id < $1) x
                  join ledger.entries e on e.id = x.entry_id where \(conditions) order by e.id desc limit $7
                """)
        static let trace = PostgresSQL(
            text: """
                select \(columns) from ledger.trace_v1($1, $2, $3) x join ledger.entries e on e.id = x order by e.id limit $4
                """)
        static let settlement = PostgresSQL(
            text: """
                select \(columns) from ledger.entries e where e.kind = 'psp_settled' and e.reference = 'razorpay:' || $1
                """)
    }

    /// Entries with their lines, newest first, after a position.
    func entries(
        _ filter: LedgerEntryFilter, after: JournalEntryID?, limit: Int
    ) async throws(PostgresError) -> [LedgerEntry] {
        let ids = filter.ids
        var parameters = PostgresParameters()
        parameters.append(min(after?.rawValue ?? .max, ids.upperBound))
        parameters.append(ids.lowerBound)
        parameters.append(filter.kind)
        parameters.append(filter.order?.rawValue)
        parameters.append(PostgresTimestamp(microseconds: filter.from?.microseconds ?? .min))
        parameters.append(PostgresTimestamp(microseconds: filter.to?.microseconds ?? .max))
        parameters.append(Int64(limit))
        guard let account = filter.account else {
            return try await withLines(try await client.query(SQL.entries, with: parameters))
        }
        parameters.append(account.stored)
        return try await withLines(try await client.query(SQL.ofAccount, with: parameters))
    }

    /// All entries about an order, a payment or a refund, oldest first.
    func trace(
        order: OrderID?, payment: PaymentID?, refund: RefundID?
    ) async throws(PostgresError) -> [LedgerEntry] {
        try await withLines(
            try await client.query(
                SQL.trace, order?.rawValue, payment?.rawValue, refund?.rawValue, Self.traceMax))
    }

    /// The entry of a settlement, by the provider's name for it; it has one once it is booked.
    func trace(settlement: String) async throws(PostgresError) -> [LedgerEntry] {
        try await withLines(try await client.query(SQL.settlement, settlement))
    }

    private func withLines(_ rows: PostgresRows) async throws(PostgresError) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        for row in rows { entries.append(try Self.entry(row)) }
        guard !entries.isEmpty else { return [] }
        let lines = try await client.query(
            """
            select entry_id, account, debit_minor, credit_minor from ledger.lines where entry_id = any ($1)
             order by entry_id, line_no
            """, entries.map(\.id.rawValue))
        var places: [Int64: Int] = [:]
        for (place, entry) in entries.enumerated() { places[entry.id.rawValue] = place }
        for row in lines {
            guard let place = places[try row.int64(0)] else { continue }
            let currency = entries[place].currency
            entries[place].lines.append(
                LedgerEntry.Line(
                    account: LedgerAccount(stored: try row.string(1)),
                    debit: Money(minor: try row.int64(2), currency: currency),
                    credit: Money(minor: try row.int64(3), currency: currency)))
        }
        return entries
    }

    private static func entry(_ row: PostgresRow) throws(PostgresError) -> LedgerEntry {
        LedgerEntry(
            id: JournalEntryID(rawValue: try row.int64(0)), kind: try row.string(1), reference: try row.string(2),
            order: try row.int64OrNil(3).map { OrderID(rawValue: $0) },
            payment: try row.int64OrNil(4).map { PaymentID(rawValue: $0) },
            currency: Currency(try row.string(5)) ?? .inr, createdAt: Timestamp(microseconds: try row.timestamp(6)))
    }

    // MARK: Snapshots

    /// Takes the next entries up to one into the snapshots.
    ///
    /// - Returns: whether there are none left.
    func snapshot(upTo entry: Int64, limit: Int) async throws(PostgresError) -> Bool {
        try await client.query(
            "select finished from ledger.snapshot_step_v1($1, $2)", entry, Int32(clamping: limit)
        ).only().bool(0)
    }
}
