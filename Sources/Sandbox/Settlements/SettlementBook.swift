// SPDX-License-Identifier: Apache-2.0

/// What the provider owes to whom, and what it has paid: no I/O, no clock.
struct SettlementBook: Sendable {
    var settlements = Shelf<ProviderSettlement>()
    var onDemand = Shelf<OnDemandSettlement>()
    /// Not settled, oldest first.
    private var open: [SettlementEntry] = []
    /// What was settled, by settlement.
    private var settled: [String: [SettlementEntry]] = [:]
    private var settledCount = 0
    private var balances: [String: Int64] = [:]
    /// Accounts for which a settlement is planned.
    private var planned: Set<String> = []
    private let limits: SandboxLimits

    init(limits: SandboxLimits) {
        self.limits = limits
    }

    /// What the account is owed; less than 0 where it owes.
    func balance(of account: String) -> Int64 {
        balances[account] ?? 0
    }

    /// Enters a line; true when the account's next settlement has to be planned.
    mutating func enter(_ entry: SettlementEntry) -> Bool {
        makeRoom()
        open.append(entry)
        balances[entry.account, default: 0] += entry.change
        return planned.insert(entry.account).inserted
    }

    mutating func plan(_ account: String) {
        planned.insert(account)
    }

    /// A planned settlement's time has come: the next entry plans another.
    mutating func unplan(_ account: String) {
        planned.remove(account)
    }

    /// When the oldest entry of the account was made.
    func oldest(of account: String) -> Int64? {
        open.first { $0.account == account }?.createdAt
    }

    /// The account's entries that fit.
    func entries(of account: String, where fits: (SettlementEntry) -> Bool) -> [SettlementEntry] {
        open.filter { $0.account == account && fits($0) }
    }

    /// Settles those entries.
    mutating func settle(
        _ settlement: ProviderSettlement, _ entries: [SettlementEntry], where fits: (SettlementEntry) -> Bool
    ) {
        open.removeAll { $0.account == settlement.account && fits($0) }
        balances[settlement.account, default: 0] -= settlement.amount
        settlements[settlement.id] = settlement
        settled[settlement.id] = entries
        settledCount += entries.count
    }

    /// The report's rows of the settlements that fit, newest settlement first.
    func rows(where fits: (ProviderSettlement) -> Bool) -> [(ProviderSettlement, SettlementEntry)] {
        settlements.newestFirst.filter(fits).flatMap { settlement in
            (settled[settlement.id] ?? []).map { (settlement, $0) }
        }
    }

    /// The oldest settlements go first, then entries that nobody has settled, some at a time.
    private mutating func makeRoom() {
        while open.count + settledCount >= limits.settlementEntries, let oldest = settlements.oldest {
            settledCount -= settled.removeValue(forKey: oldest.id)?.count ?? 0
            settlements[oldest.id] = nil
        }
        guard open.count >= limits.settlementEntries else { return }
        for entry in open.prefix(limits.settlementEntries / 10 + 1) {
            balances[entry.account, default: 0] -= entry.change
        }
        open.removeFirst(limits.settlementEntries / 10 + 1)
    }
}
