// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The bank's leg: what the provider says that it has paid out, and what the ledger has in `bank`.
extension Reconciler {
    /// What the provider has paid to the bank. What the ledger has not heard of is booked: nothing else tells it.
    func settlements(_ run: Reconciliation) async throws {
        let skip = Int(run.position) ?? 0
        let page = try await ask { () async throws(RazorpayError) in
            try await client.settlements(in: run.span, skip: skip)
        }
        for settlement in page { try await compare(settlement, in: run) }
        let isLast = page.count < RazorpayClient.pageMax
        try await store.move(run, to: isLast ? .bank : .settlements, isLast ? "" : "\(skip + page.count)")
    }

    /// What the ledger says that came from the provider, and it did not name.
    func bank(_ run: Reconciliation) async throws {
        let rows = try await store.settlements(run.span, after: run.position, limit: Self.batch)
        for row in rows {
            if try await store.hasSeen(.settlement, row.name, in: run) { continue }
            do {
                try await compare(
                    try await ask { () async throws(RazorpayError) in try await client.settlement(row.name) }, in: run)
            } catch let error as RazorpayError where error.kind == .refused {
                try await found(
                    difference(
                        .settlement, .missingThere, row.name, nil, nil, row.bank, row.currency, note: "unknown there"),
                    in: run)
            }
        }
        guard let last = rows.last, rows.count == Self.batch else { return try await end(run) }
        try await store.move(run, to: .bank, last.name)
    }

    private func compare(_ settlement: RazorpaySettlement, in run: Reconciliation) async throws {
        if try await store.hasSeen(.settlement, settlement.id, in: run) { return }
        let here = try await store.settlement(settlement.id)
        // What is still on its way is of another day.
        guard settlement.status == "processed" || here != nil else { return }
        let read = try await SettledMoney.read(settlement) { day, skip in
            try await ask { () async throws(RazorpayError) in try await client.settlementLines(of: day, skip: skip) }
        }
        guard let money = read else {
            return try await found(
                difference(
                    .settlement, here == nil ? .missingHere : .amountDiff, settlement.id, nil, settlement.amount,
                    here?.bank, Self.currency, note: "its lines are not what was paid"), in: run)
        }
        try await compareLines(of: money, in: run)
        guard let here else {
            try await store.book(money, entry: ids.nextRawValue())
            let after = try await store.settlement(settlement.id)
            return try await found(
                difference(
                    .settlement, .missingHere, settlement.id, nil, settlement.amount, nil, Self.currency,
                    note: "paid to the bank", isRepaired: after.map { Self.agrees($0, money) } ?? false), in: run)
        }
        guard Self.agrees(here, money), settlement.status == "processed" else {
            return try await found(
                difference(
                    .settlement, .amountDiff, settlement.id, nil, settlement.amount, here.bank, Self.currency,
                    note: settlement.status == "processed" ? nil : "\(settlement.status) there"), in: run)
        }
        try await agrees(.settlement, settlement.id, in: run)
    }

    private static func agrees(_ here: SettlementHere, _ there: SettledMoney) -> Bool {
        here.bank == there.settlement.amount && here.clearing == there.gross && here.currency == currency
    }

    /// What a settlement is made of, line by line: payments and refunds with ours, whose bookings are compared where they stand for
    /// themselves; of what the provider corrects the dispute or the refund must be known. Nothing else is settled with us.
    private func compareLines(of money: SettledMoney, in run: Reconciliation) async throws {
        for start in stride(from: 0, to: money.lines.count, by: Self.lines) {
            let lines = money.lines[start..<min(start + Self.lines, money.lines.count)]
            let captured = try await store.captured(lines.map(\.entity))
            let refunded = try await store.refunded(lines.map(\.entity))
            let disputes = try await store.disputes(lines.map { $0.dispute ?? $0.entity })
            for line in lines {
                switch line.kind {
                case .payment: try await compare(line, captured[line.entity], .payment, line.gross, money, run)
                case .refund: try await compare(line, refunded[line.entity], .refund, -line.gross, money, run)
                case .other(let name):
                    if name == "adjustment",
                        disputes.contains(line.dispute ?? line.entity) || refunded[line.entity] != nil
                    {
                        continue
                    }
                    try await store.record(
                        difference(
                            .ledger, .missingHere, line.entity, nil, abs(line.net), nil, Self.currency,
                            note: "\(name) in \(money.settlement.id)"), in: run)
                }
            }
        }
    }

    /// Lines that are looked up at a time.
    private static var lines: Int { 500 }

    private func compare(
        _ line: SettlementLine, _ ours: Int64?, _ kind: ReconciledDifference.Kind, _ theirs: Int64,
        _ money: SettledMoney, _ run: Reconciliation
    ) async throws {
        guard ours != theirs else { return }
        try await store.record(
            difference(
                kind, ours == nil ? .missingHere : .amountDiff, line.entity, nil, abs(theirs), ours, Self.currency,
                note: "in \(money.settlement.id)"), in: run)
    }

    /// Of the provider's account with us; its settlements name none.
    private static var currency: String { Currency.inr.description }
}
