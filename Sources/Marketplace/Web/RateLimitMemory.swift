// SPDX-License-Identifier: Apache-2.0
import Metrics
import Synchronization

/// The buckets of one process, which all its loops share.
public final class RateLimitMemory: Sendable {
    /// One policy's.
    final class Table: Sendable {
        let budget: RateLimitBudget
        /// `RateLimit-Policy`.
        let announcement: String
        private let refusals: Counter
        /// Held for some dozen nanoseconds; loops of one process seldom meet here.
        private let buckets: Mutex<RateLimitBuckets>

        init(_ policy: RateLimitPolicy, _ budget: RateLimitBudget, slotCount: Int) {
            self.budget = budget
            announcement = "\"\(policy.rawValue)\";q=\(budget.quota);w=\(budget.seconds)"
            refusals = Counter(label: "mve_rate_limited_total", dimensions: [("policy", policy.rawValue)])
            buckets = Mutex(RateLimitBuckets(budget, isLeased: policy.isLeased, slotCount: slotCount))
        }

        func countRefusal() { refusals.increment() }

        func with<Value: Sendable>(_ body: (inout RateLimitBuckets) -> Value) -> Value {
            buckets.withLock { body(&$0) }
        }
    }

    private let tables: [Table]

    /// Empty buckets' tables take no memory until a request is counted.
    public convenience init(_ budgets: RateLimitBudgets) {
        self.init(budgets, slotCount: RateLimitBuckets.slotCountDefault)
    }

    init(_ budgets: RateLimitBudgets, slotCount: Int) {
        tables = RateLimitPolicy.allCases.sorted { $0.index < $1.index }.map {
            Table($0, budgets[$0], slotCount: slotCount)
        }
    }

    subscript(policy: RateLimitPolicy) -> Table { tables[policy.index] }
}
