// SPDX-License-Identifier: Apache-2.0

/// The buckets of one policy as this process knows them, in a table of fixed size.
///
/// A bucket is one instant (the "theoretical arrival time" of the generic cell rate algorithm): when it will be full again.
/// Behind it stand the tokens that were taken from Redis in advance.
///
/// A set of eight slots takes the principals whose hashes fall into it. A newcomer takes an empty slot, or one whose bucket
/// is full, which says as much as none. Where all are in use it takes the fullest one *with its instant*: whoever is driven
/// out and comes back finds a bucket no fuller than the one lost, so nobody refills a bucket by driving it out, and a flood
/// of addresses costs newcomers no more than it sent to their set.
struct RateLimitBuckets {
    /// What a bucket says of one request.
    enum Verdict: Equatable {
        case allowed
        case refused
        /// Not refused, but the tokens at hand are used up: so many are to be asked for, starting from this debt
        /// (nanoseconds until the bucket is full).
        case asks(want: Int, debt: UInt64)
    }

    private struct Slot {
        /// 0: never used.
        var key: UInt64 = 0
        /// When the bucket is full.
        var fullAt: UInt64 = 0
        /// Until when the tokens at hand are good.
        var leaseEnd: UInt64 = 0
        var lease: UInt32 = 0
        /// How many the last request for tokens brought.
        var grant: UInt32 = 0
    }

    /// Principals that are remembered: more than are busy in a minute on one process. Two MiB, made at the first use.
    static let slotCountDefault = 65_536
    private static let ways = 8

    let budget: RateLimitBudget
    private let isLeased: Bool
    private let slotCount: Int
    private var slots: [Slot] = []

    /// - Parameter slotCount: a power of two, at least 8.
    init(_ budget: RateLimitBudget, isLeased: Bool, slotCount: Int = slotCountDefault) {
        precondition(slotCount >= Self.ways && slotCount.nonzeroBitCount == 1, "sets of eight, a power of two of them")
        self.budget = budget
        self.isLeased = isLeased
        self.slotCount = slotCount
    }

    /// A token at hand, a refusal that is known already, or how many to ask for. Nothing is taken in the latter two.
    mutating func look(_ key: UInt64, now: UInt64) -> Verdict {
        // A newcomer is given a slot by whoever answers: Redis, which knows its bucket, or we alone, who then let it inherit.
        guard let index = find(key) else { return .asks(want: isLeased ? leastWanted : 1, debt: 0) }
        if slots[index].lease > 0, now < slots[index].leaseEnd {
            slots[index].lease -= 1
            return .allowed
        }
        let debt = debt(index, now)
        guard debt + budget.interval <= budget.window else { return .refused }
        return .asks(want: isLeased ? wanted(index, now) : 1, debt: debt)
    }

    /// Whether a request would surely be refused now, as far as is known here; nothing is taken.
    func isEmpty(_ key: UInt64, now: UInt64) -> Bool {
        guard let index = find(key) else { return false }
        if slots[index].lease > 0, now < slots[index].leaseEnd { return false }
        return debt(index, now) + budget.interval > budget.window
    }

    /// Takes what was granted elsewhere: one for the request that asked, the rest for those that follow.
    mutating func settle(_ key: UInt64, granted: Int, debt: UInt64, now: UInt64) -> Verdict {
        let index = place(key, now, inherits: false)
        slots[index].fullAt = max(slots[index].fullAt, now &+ min(debt, budget.window))
        guard granted > 0 else { return .refused }
        let left = slots[index].leaseEnd > now ? slots[index].lease : 0
        slots[index].lease = left + UInt32(clamping: granted - 1)
        slots[index].grant = UInt32(clamping: granted)
        slots[index].leaseEnd = now &+ leaseTime
        return .allowed
    }

    /// Takes one token without asking anybody.
    mutating func takeAlone(_ key: UInt64, now: UInt64) -> Verdict {
        let index = place(key, now, inherits: true)
        if slots[index].lease > 0, now < slots[index].leaseEnd {
            slots[index].lease -= 1
            return .allowed
        }
        let debt = debt(index, now)
        guard debt + budget.interval <= budget.window else { return .refused }
        slots[index].fullAt = now &+ debt &+ budget.interval
        return .allowed
    }

    /// What is left, and the times that a client is told.
    mutating func standing(_ key: UInt64, now: UInt64) -> RateLimitStanding {
        let index = place(key, now, inherits: false)
        let debt = debt(index, now)
        let lease = slots[index].leaseEnd > now ? Int(slots[index].lease) : 0
        let remaining = Int((budget.window - debt) / budget.interval) + lease
        let over = debt + budget.interval
        return RateLimitStanding(
            remaining: min(remaining, budget.quota), untilFull: Self.seconds(debt),
            untilNext: over > budget.window ? max(1, Self.seconds(over - budget.window)) : 0)
    }

    // MARK: Tokens in advance

    /// A sixth of the window: what is not used until then is lost to the principal, and was given back to the bucket
    /// meanwhile.
    private var leaseTime: UInt64 { budget.window / 6 }

    /// Twice as many as last time where those were used up in time, half as many where they were not; at most a tenth of the
    /// quota, so that what several processes hold unused stays small beside it.
    private func wanted(_ index: Int, _ now: UInt64) -> Int {
        let slot = slots[index]
        let least = leastWanted
        let most = max(1, budget.quota / 10)
        let next = now < slot.leaseEnd ? Int(slot.grant) * 2 : Int(slot.grant) / 2
        return min(max(next, least), most)
    }

    private var leastWanted: Int { max(1, budget.quota / 75) }

    // MARK: Slots

    private func find(_ key: UInt64) -> Int? {
        guard !slots.isEmpty else { return nil }
        let key = key == 0 ? 1 : key
        let first = firstSlot(key)
        return (first..<first + Self.ways).first { slots[$0].key == key }
    }

    private func firstSlot(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: key & UInt64(slotCount / Self.ways - 1)) * Self.ways
    }

    private func debt(_ index: Int, _ now: UInt64) -> UInt64 {
        let fullAt = slots[index].fullAt
        return fullAt > now ? min(fullAt - now, budget.window) : 0
    }

    private mutating func place(_ key: UInt64, _ now: UInt64, inherits: Bool) -> Int {
        let key = key == 0 ? 1 : key
        if slots.isEmpty { slots = Array(repeating: Slot(), count: slotCount) }
        let first = firstSlot(key)
        var best = first
        for index in first..<first + Self.ways {
            if slots[index].key == key { return index }
            if slots[index].fullAt < slots[best].fullAt { best = index }
        }
        slots[best] = Slot(key: key, fullAt: inherits ? slots[best].fullAt : 0)
        return best
    }

    private static func seconds(_ nanoseconds: UInt64) -> Int {
        Int(clamping: (nanoseconds + 999_999_999) / 1_000_000_000)
    }
}

/// How a bucket stands after a request.
struct RateLimitStanding: Equatable {
    /// Requests that would be answered now.
    let remaining: Int
    /// Whole seconds, rounded up, until the bucket is full.
    let untilFull: Int
    /// Whole seconds, at least 1, until the next request may come; 0 where it may come now.
    let untilNext: Int
}
