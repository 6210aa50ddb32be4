// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct MoneyTests {
    private func inr(_ minor: Int64) -> Money { Money(minor: minor, currency: .inr) }

    @Test func calculatesInOneCurrencyOnly() throws {
        let usd = try #require(Currency("USD"))
        #expect(try inr(100).adding(inr(29)) == inr(129))
        #expect(try inr(100).subtracting(inr(129)) == inr(-29))
        #expect(try inr(25_000).multiplied(by: #require(Quantity(9_999))) == inr(249_975_000))
        #expect(try Money.sum([inr(1), inr(2)], currency: .inr) == inr(3))
        #expect(try Money.sum([], currency: usd) == Money.zero(usd))
        #expect(throws: MoneyError.currencyMismatch) { try inr(1).adding(Money(minor: 1, currency: usd)) }
        #expect(throws: MoneyError.currencyMismatch) { try Money.sum([inr(1)], currency: usd) }
    }

    @Test func reportsOverflowInsteadOfTrapping() {
        #expect(throws: MoneyError.overflow) { try inr(.max).adding(inr(1)) }
        #expect(throws: MoneyError.overflow) { try inr(.min).subtracting(inr(1)) }
        #expect(throws: MoneyError.overflow) { try inr(.max / 2 + 1).multiplied(by: 2) }
        #expect(throws: MoneyError.overflow) { try #require(BasisPoints(1_000_000)).of(.max) }
    }

    @Test(
        "reads currencies strictly",
        arguments: [("INR", true), ("inr", false), ("IN", false), ("INRX", false), ("IN1", false), ("", false)])
    func currencies(code: String, isValid: Bool) {
        #expect(Currency(code)?.description == (isValid ? code : nil))
    }

    @Test(
        "rounds rates half away from zero",
        arguments: [
            (Int64(100), Int32(1800), Int64(18)), (25, 200, 1), (24, 200, 0), (-25, 200, -1), (75, 200, 2),
            (0, 1800, 0),
            (129_900, 0, 0), (129_900, 10_000, 129_900),
        ] as [(Int64, Int32, Int64)])
    func rates(amount: Int64, rate: Int32, expected: Int64) throws {
        #expect(try #require(BasisPoints(rate)).of(amount) == expected)
    }

    @Test func ratesHaveARange() {
        #expect(BasisPoints(-1) == nil)
        #expect(BasisPoints(1_000_001) == nil)
    }

    @Test(
        "splits by largest remainder, ties to the first",
        arguments: [
            (Int64(100), [Int64(1), 1, 1], [Int64(34), 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]),
            (5, [0, 1], [0, 5]),
            (0, [0, 0], [0, 0]), (0, [], []), (7, [3, 3, 1], [3, 3, 1]), (10, [1, 2], [3, 7]), (1, [1, 1], [1, 0]),
            (.max, [.max, .max], [4_611_686_018_427_387_904, 4_611_686_018_427_387_903]),
        ] as [(Int64, [Int64], [Int64])])
    func splits(total: Int64, weights: [Int64], expected: [Int64]) throws {
        #expect(try LargestRemainder.split(total, weights: weights) == expected)
    }

    @Test func splitsAlwaysAddUp() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let total = Int64.random(in: -1_000_000...1_000_000, using: &random)
            let count = Int.random(in: 1...12, using: &random)
            let weights = (0..<count).map { _ in Int64.random(in: 0...5000, using: &random) }
            guard weights.contains(where: { $0 > 0 }) else { continue }
            let parts = try LargestRemainder.split(total, weights: weights)
            #expect(parts.reduce(0, +) == total)
            for (part, weight) in zip(parts, weights) where weight == 0 { #expect(part == 0) }
        }
    }

    @Test func refusesToSplitOverNothing() {
        #expect(throws: MoneyError.noWeights) { try inr(1).split(weights: [0, 0]) }
        #expect(throws: MoneyError.noWeights) { try inr(1).split(weights: []) }
        #expect(throws: MoneyError.noWeights) { try inr(1).split(weights: [2, -1]) }
    }
}
