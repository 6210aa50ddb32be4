// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MarketHTTP

/// The table alone: time is a number.
@Suite struct RateLimitBucketsTests {
    private static let second: UInt64 = 1_000_000_000

    private static func buckets(_ quota: Int, _ seconds: Int, slotCount: Int = 64) -> RateLimitBuckets {
        RateLimitBuckets(RateLimitBudget(quota: quota, seconds: seconds), isLeased: false, slotCount: slotCount)
    }

    @Test func givesTheQuotaAtOnceAndThenOneForEachInterval() {
        var buckets = Self.buckets(5, 60)
        let start = 100 * Self.second
        for left in (0..<5).reversed() {
            #expect(buckets.takeAlone(7, now: start) == .allowed)
            #expect(buckets.standing(7, now: start).remaining == left)
        }
        #expect(buckets.takeAlone(7, now: start) == .refused)
        let empty = RateLimitStanding(remaining: 0, untilFull: 60, untilNext: 12)
        #expect(buckets.standing(7, now: start) == empty)
        #expect(buckets.takeAlone(7, now: start + 12 * Self.second - 1) == .refused)
        #expect(buckets.takeAlone(7, now: start + 12 * Self.second) == .allowed)
        #expect(buckets.takeAlone(7, now: start + 12 * Self.second) == .refused)
        // Refused requests cost nothing, and the bucket is never fuller than full.
        var later = 0
        while buckets.takeAlone(7, now: start + 1000 * Self.second) == .allowed { later += 1 }
        #expect(later == 5)
    }

    @Test func keepsPrincipalsApart() {
        var buckets = Self.buckets(2, 60)
        for key in [UInt64(1), 9, 17, 2] {
            #expect(buckets.takeAlone(key, now: 0) == .allowed)
            #expect(buckets.takeAlone(key, now: 0) == .allowed)
            #expect(buckets.takeAlone(key, now: 0) == .refused)
        }
    }

    /// Driving one's bucket out of a full table by any number of others brings nothing.
    @Test func aFloodOfOthersRefillsNobodysBucket() {
        var buckets = Self.buckets(4, 60, slotCount: 8)
        while buckets.takeAlone(1, now: 0) == .allowed {}
        for key in UInt64(2)..<2000 { _ = buckets.takeAlone(key, now: 0) }
        #expect(buckets.takeAlone(1, now: 0) == .refused)
        // What the flood took is given back with time, like everything.
        #expect(buckets.takeAlone(5000, now: 60 * Self.second) == .allowed)
    }

    @Test func aFloodCostsNewcomersNoMoreThanItSent() {
        var buckets = Self.buckets(100, 60, slotCount: 8)
        for key in UInt64(1)...80 { #expect(buckets.takeAlone(key, now: 0) == .allowed) }
        // Eighty requests over eight slots: a newcomer finds the mark of ten.
        #expect(buckets.takeAlone(1000, now: 0) == .allowed)
        #expect(buckets.standing(1000, now: 0).remaining == 89)
    }

    @Test func takesTokensInAdvanceAndAsksForMoreWhereTheyAreUsed() {
        var buckets = RateLimitBuckets(
            RateLimitBudget(quota: 300, seconds: 60), isLeased: true, slotCount: 64)
        var asked: [Int] = []
        for _ in 0..<100 {
            switch buckets.look(5, now: Self.second) {
            case .allowed: break
            case .asks(let want, let debt):
                asked.append(want)
                let verdict = buckets.settle(
                    5, granted: want, debt: debt + UInt64(want) * 200_000_000, now: Self.second)
                #expect(verdict == .allowed)
            case .refused: Issue.record("refused with tokens left")
            }
        }
        #expect(asked == [4, 8, 16, 30, 30, 30])
        // Unused ones are good for ten seconds, and then fewer are asked for.
        #expect(buckets.look(5, now: 12 * Self.second) == .asks(want: 15, debt: 118 * 200_000_000 - 11 * Self.second))
    }

    @Test func aKnownRefusalAsksNobody() {
        var buckets = RateLimitBuckets(RateLimitBudget(quota: 5, seconds: 60), isLeased: false, slotCount: 64)
        #expect(buckets.look(3, now: 0) == .asks(want: 1, debt: 0))
        #expect(buckets.settle(3, granted: 0, debt: 55 * Self.second, now: 0) == .refused)
        #expect(buckets.look(3, now: 6 * Self.second) == .refused)
        #expect(buckets.look(3, now: 7 * Self.second) == .asks(want: 1, debt: 48 * Self.second))
    }
}
