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
        guard let here else {
            try await store.book(settlement, entry: ids.nextRawValue())
            let after = try await store.settlement(settlement.id)
            return try await found(
                difference(
                    .settlement, .missingHere, settlement.id, nil, settlement.amount, nil, Self.currency,
                    note: "paid to the bank", isRepaired: after.map { Self.agrees($0, settlement) } ?? false), in: run)
        }
        guard Self.agrees(here, settlement), settlement.status == "processed" else {
            return try await found(
                difference(
                    .settlement, .amountDiff, settlement.id, nil, settlement.amount, here.bank, Self.currency,
                    note: settlement.status == "processed" ? nil : "\(settlement.status) there"), in: run)
        }
        try await agrees(.settlement, settlement.id, in: run)
    }

    private static func agrees(_ here: SettlementHere, _ there: RazorpaySettlement) -> Bool {
        here.bank == there.amount && here.clearing == there.gross && here.currency == currency
    }

    /// Of the provider's account with us; its settlements name none.
    private static var currency: String { Currency.inr.description }
}
