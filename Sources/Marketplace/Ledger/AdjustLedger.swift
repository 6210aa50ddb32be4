// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/ledger/adjust/`: asks for a correction; nothing is booked before another admin agrees.
struct AdjustLedger: Sendable {
    let dependencies: LedgerDependencies

    /// Lines of one correction: each was found by a person.
    static let lines = 2...50
    /// The greatest amount, in minor units: a hundred crore of rupees.
    static let amounts = 1...100_000_000_000

    private struct Input: Sendable {
        let lines: [LedgerEntry.Line]
        let reason: String
    }

    private enum Side: String, CaseIterable {
        case debit
        case credit
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) {
            try Self.read(request)
        } _: { transaction, input in
            let store = AdjustmentStore(client: transaction)
            let id: JournalEntryID = dependencies.ids.next()
            try await store.request(id, input.lines, reason: input.reason, by: caller.user)
            guard let adjustment = try await store.adjustment(id) else { throw Problem(.internalError) }
            try await AuditLog.append(
                "ledger.adjustment_requested", by: caller, in: request, entityType: "adjustment",
                entityID: id.rawValue, after: adjustment.jsonBytes(), reason: input.reason, in: transaction)
            return .json(adjustment, .created)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { (body: inout JSONInput) -> Input in
            let lines = body.array("lines", count: Self.lines) { Self.line(&$0) }
            let sum = lines.reduce(0) { $0 + $1.debit.minor - $1.credit.minor }
            if sum != 0 { body.fail("lines", code: "unbalanced", message: "debits and credits differ by \(abs(sum))") }
            return Input(lines: lines, reason: body.string("reason", length: 1...2000))
        }
    }

    private static func line(_ body: inout JSONInput) -> LedgerEntry.Line {
        let account = body.parsed("account", length: 1...200, placeholder: LedgerAccount(stored: "")) {
            LedgerAccount($0)
        }
        let (debit, credit) = sides(&body)
        return LedgerEntry.Line(
            account: account, debit: Money(minor: debit, currency: .inr), credit: Money(minor: credit, currency: .inr))
    }

    /// `debit` or `credit` with its amount, or `side` with `amount`: exactly one of the three.
    private static func sides(_ body: inout JSONInput) -> (debit: Int64, credit: Int64) {
        let isSided = isSent("side", &body) || isSent("amount", &body)
        switch (isSent("debit", &body), isSent("credit", &body), isSided) {
        case (true, false, false): return (body.object("debit", amount), 0)
        case (false, true, false): return (0, body.object("credit", amount))
        case (false, false, true):
            let side = body.choice("side", of: Side.self)
            let amount = body.object("amount", amount)
            return side == .debit ? (amount, 0) : (0, amount)
        case (false, false, false):
            body.fail("debit", code: "required", message: "exactly one of debit, credit, and side with amount")
        default:
            body.fail(code: "ambiguous", message: "exactly one of debit, credit, and side with amount")
        }
        return (0, 0)
    }

    private static func isSent(_ name: StaticString, _ body: inout JSONInput) -> Bool {
        body.contains(name) && !body.isNull(name)
    }

    private static func amount(_ money: inout JSONInput) -> Int64 {
        let amount = money.int("amount", in: amounts)
        if money.string("currency", length: 3...3) != Currency.inr.description {
            money.fail("currency", code: "invalid", message: "the ledger is in INR")
        }
        return Int64(amount)
    }
}
