// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What buyers' banks take back, or ask about: the provider's disputes, and those that are open here.
extension Reconciler {
    /// The provider's disputes of the span. Only an end that agrees with ours is taken from the list, which lags: where it says
    /// anything else than we do, and while a dispute is open, its own page is asked.
    func disputes(_ run: Reconciliation) async throws {
        let skip = Int(run.position) ?? 0
        let page = try await ask { () async throws(RazorpayError) in
            try await client.disputes(in: run.span, skip: skip)
        }
        for listed in page {
            if try await store.hasSeen(.dispute, listed.id, in: run) { continue }
            let here = try await store.dispute(listed.id)
            let agrees = here.map { $0.status.isFinal && $0.agrees(with: listed) } ?? false
            try await compare(agrees ? listed : try await dispute(listed.id), in: run)
        }
        let isLast = page.count < RazorpayClient.pageMax
        try await store.move(run, to: isLast ? .disputed : .disputes, isLast ? "" : "\(skip + page.count)")
    }

    /// Disputes that are open here, of whatever day: they may end long after they began.
    func openDisputes(_ run: Reconciliation) async throws {
        let rows = try await store.openDisputes(after: Int64(run.position) ?? 0, limit: Self.batch)
        for row in rows {
            if try await store.hasSeen(.dispute, row.name, in: run) { continue }
            do {
                try await compare(try await dispute(row.name), in: run)
            } catch let error as RazorpayError where error.kind == .refused {
                try await found(
                    difference(
                        .dispute, .missingThere, row.name, row.here.order, nil, row.here.amount, row.here.currency,
                        note: "unknown there"), in: run)
            }
        }
        guard let last = rows.last, rows.count == Self.batch else {
            return try await store.move(run, to: .settlements, "")
        }
        try await store.move(run, to: .disputed, "\(last.id)")
    }

    private func dispute(_ name: String) async throws -> RazorpayDispute {
        let said = try await ask { () async throws(RazorpayError) in try await client.dispute(name) }
        guard said.id == name else { throw RazorpayError(.malformed, "another dispute") }
        return said
    }

    private func compare(_ said: RazorpayDispute, in run: Reconciliation) async throws {
        let here = try await store.dispute(said.id)
        guard let here, here.stands(as: said) else { return try await repair(said, from: here, in: run) }
        guard here.amount == said.amount, here.currency == said.currency else {
            return try await found(
                difference(.dispute, .amountDiff, said.id, here.order, said.amount, here.amount, said.currency), in: run
            )
        }
        guard here.agrees(with: said) else { return try await repairLoss(said, from: here, in: run) }
        try await agrees(.dispute, said.id, in: run)
    }

    /// A loss that turned out greater is booked, by the same function as the webhooks; one that turned out less is nothing that the
    /// provider does, and stays open.
    private func repairLoss(_ said: RazorpayDispute, from here: DisputeHere, in run: Reconciliation) async throws {
        var isRepaired = false
        if let deducted = said.deducted, deducted > here.deducted {
            _ = try await news.tell(said, source: Self.source)
            isRepaired = try await store.dispute(said.id)?.deducted == deducted
        }
        try await found(
            difference(
                .dispute, .amountDiff, said.id, here.order, said.deducted, here.deducted, said.currency,
                note: "deducted", isRepaired: isRepaired), in: run)
    }

    /// Has the books follow what the provider says, as a webhook would have.
    private func repair(_ said: RazorpayDispute, from before: DisputeHere?, in run: Reconciliation) async throws {
        let verdict = try await news.tell(said, source: Self.source)
        let after = try await store.dispute(said.id)
        let there = "\(said.phase.rawValue) \(said.status.rawValue)"
        let note =
            switch verdict {
            case .waiting(let reason), .refused(let reason): reason
            case .applied, .unchanged:
                "\(there) there, \(before?.place ?? "unknown") here, now \(after?.place ?? "unknown")"
            }
        try await found(
            difference(
                .dispute, .missingHere, said.id, after?.order, said.amount, before?.amount, said.currency, note: note,
                isRepaired: after?.stands(as: said) ?? false), in: run)
    }
}
