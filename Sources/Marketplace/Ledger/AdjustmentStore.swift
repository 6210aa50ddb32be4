// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// The SQL of corrections.
struct AdjustmentStore: Sendable {
    /// What became of a decision.
    enum Decision: Int16, Sendable {
        case decided = 0
        case unknown = 1
        case decidedBefore = 2
        case own = 3
    }

    let client: any PostgresClient

    private enum SQL {
        static let columns = """
            a.id, a.state, a.currency, a.accounts, a.debits, a.credits, a.reason, a.requested_by, a.requested_at, a.decided_by,
            a.decided_at, a.decision_note
            """
        static let byID = PostgresSQL(text: "select \(columns) from ledger.adjustments a where a.id = $1")
        static let page = PostgresSQL(
            text: """
                select \(columns) from ledger.adjustments a where a.id < $1 and ($2::text is null or a.state = $2)
                 order by a.id desc limit $3
                """)
    }

    func request(
        _ id: JournalEntryID, _ lines: [LedgerEntry.Line], reason: String, by admin: UserID
    ) async throws(PostgresError) {
        try await client.execute(
            """
            insert into ledger.adjustments (id, currency, accounts, debits, credits, reason, requested_by)
            values ($1, $2, $3, $4, $5, $6, $7)
            """, id.rawValue, Currency.inr.description, lines.map(\.account.stored), lines.map(\.debit.minor),
            lines.map(\.credit.minor), reason, admin.rawValue)
    }

    /// Decides a request; approved, it is booked under its own id.
    func decide(
        _ id: JournalEntryID, isApproved: Bool, note: String?, by admin: UserID
    ) async throws(PostgresError) -> Decision {
        let row = try await client.query(
            "select ledger.decide_adjustment_v1($1, $2, $3, $4, $1)", id.rawValue, admin.rawValue, isApproved, note
        ).only()
        guard let decision = Decision(rawValue: try row.int16(0)) else {
            throw PostgresError(.decoding, outcome: .notExecuted, "a decision cannot be read")
        }
        return decision
    }

    func adjustment(_ id: JournalEntryID) async throws(PostgresError) -> Adjustment? {
        guard let row = try await client.first(SQL.byID, id.rawValue) else { return nil }
        return try Self.adjustment(row)
    }

    /// Requests, newest first, after a position.
    func page(
        _ state: Adjustment.State?, after: JournalEntryID?, limit: Int
    ) async throws(PostgresError) -> [Adjustment] {
        var adjustments: [Adjustment] = []
        for row in try await client.query(SQL.page, after?.rawValue ?? Int64.max, state?.rawValue, Int64(limit)) {
            adjustments.append(try Self.adjustment(row))
        }
        return adjustments
    }

    private static func adjustment(_ row: PostgresRow) throws(PostgresError) -> Adjustment {
        guard let state = Adjustment.State(rawValue: try row.string(1)), let currency = Currency(try row.string(2))
        else { throw PostgresError(.decoding, outcome: .notExecuted, "a correction cannot be read") }
        let accounts = try row.decode(3, as: [String].self)
        let debits = try row.decode(4, as: [Int64].self)
        let credits = try row.decode(5, as: [Int64].self)
        let lines = zip(accounts, zip(debits, credits)).map { account, amounts in
            LedgerEntry.Line(
                account: LedgerAccount(stored: account), debit: Money(minor: amounts.0, currency: currency),
                credit: Money(minor: amounts.1, currency: currency))
        }
        return Adjustment(
            id: JournalEntryID(rawValue: try row.int64(0)), state: state, lines: lines, reason: try row.string(6),
            requestedBy: UserID(rawValue: try row.int64(7)),
            requestedAt: Timestamp(microseconds: try row.timestamp(8)),
            decidedBy: try row.int64OrNil(9).map { UserID(rawValue: $0) },
            decidedAt: try row.timestampOrNil(10).map { Timestamp(microseconds: $0) },
            decisionNote: try row.stringOrNil(11))
    }
}
