// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    /// How long an on-demand settlement is under way, in seconds.
    private static let onDemandSeconds: Int64 = 60
    private static let daySeconds: Int64 = 86_400

    /// Enters what the provider owes; its settlement comes two working days later.
    mutating func enter(_ entry: SettlementEntry) {
        guard money.enter(entry) else { return }
        later(.settlement(entry.account), at: SettlementDay.due(after: entry.createdAt))
    }

    /// Settles what an account is owed.
    ///
    /// - Parameter hasPlainHeader: the fees stand in the report alone: they were taken off before.
    /// - Throws: when that is nothing.
    mutating func settle(
        _ account: String, hasPlainHeader: Bool = false
    ) throws(ProviderError) -> (ProviderSettlement, [EventDraft]) {
        guard let settled = settle(account, hasPlainHeader: hasPlainHeader, where: { _ in true }) else {
            throw .refused("There is nothing to settle.")
        }
        return settled
    }

    /// The planned settlement: of what has waited for two working days.
    mutating func settlePlanned(_ account: String) -> [EventDraft] {
        let now = now
        money.unplan(account)
        let settled = settle(account) { SettlementDay.due(after: $0.createdAt) <= now }
        guard let oldest = money.oldest(of: account) else { return settled?.1 ?? [] }
        // Held back, or not enough: another day.
        let due = SettlementDay.due(after: oldest)
        money.plan(account)
        later(.settlement(account), at: due > now ? due : now + Self.daySeconds)
        return settled?.1 ?? []
    }

    private mutating func settle(
        _ account: String, hasPlainHeader: Bool = false, where fits: (SettlementEntry) -> Bool
    ) -> (ProviderSettlement, [EventDraft])? {
        let (now, transfers) = (now, transfers)
        func isDue(_ entry: SettlementEntry) -> Bool {
            fits(entry) && (account == EventDraft.accountID || transfers[entry.entityID]?.isHeld(at: now) != true)
        }
        let entries = money.entries(of: account, where: isDue)
        let amount = entries.reduce(0) { $0 + $1.change }
        guard amount > 0 else { return nil }
        let settlement = ProviderSettlement(
            id: ids.make("setl_"), account: account, amount: amount,
            fees: hasPlainHeader ? 0 : entries.reduce(0) { $0 + $1.fee },
            tax: hasPlainHeader ? 0 : entries.reduce(0) { $0 + $1.tax }, utr: "SBXN" + ids.digits(12), createdAt: now,
            status: .processed)
        money.settle(settlement, entries, where: isDue)
        if account != EventDraft.accountID {
            for entry in entries where entry.kind == .transfer {
                self.transfers[entry.entityID]?.settlementID = settlement.id
            }
        }
        var draft = EventDraft(.settlementProcessed, settlement)
        draft.accountID = account
        return (settlement, [draft])
    }

    /// The merchant does not wait.
    mutating func settleOnDemand(_ fields: RequestFields) throws(ProviderError) -> OnDemandSettlement {
        try fields.allow(only: ["amount", "settle_full_balance", "description", "notes"])
        let balance = money.balance(of: EventDraft.accountID)
        let isFull = try fields.flag("settle_full_balance") ?? false
        let wanted = try fields.integer("amount", in: 100...SandboxLimits.amountMax)
        let amount = try isFull ? balance : RequestFields.required("amount", wanted)
        guard amount >= 100, amount <= balance else {
            throw .refused("The amount requested is more than your current balance.")
        }
        let settlement = OnDemandSettlement(
            id: ids.make("setlod_"), amount: amount, isFull: isFull,
            description: try fields.text("description", max: 30), notes: try Notes(fields["notes"]), createdAt: now)
        money.onDemand.makeRoom(in: limits.settlementsOnDemand)
        money.onDemand[settlement.id] = settlement
        enter(
            .init(
                .adjustment, settlement.id, of: EventDraft.accountID, amount: amount, debit: amount,
                fee: settlement.fee.total, tax: settlement.fee.tax, at: now))
        later(.onDemandSettlement(settlement.id), in: Self.onDemandSeconds)
        return settlement
    }

    /// It has reached the bank, which is no event.
    mutating func processOnDemand(_ id: String) -> [EventDraft] {
        money.onDemand[id]?.isProcessed = true
        return []
    }
}
