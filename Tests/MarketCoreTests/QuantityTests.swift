// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct QuantityTests {
    @Test(
        "accepts what is in its range and nothing beside it",
        arguments: [(0, false), (1, true), (9_999, true), (10_000, false), (-1, false), (.max, false)])
    func range(count: Int64, isValid: Bool) {
        #expect((Quantity(count) != nil) == isValid)
    }

    @Test func addsWithinItsRange() throws {
        let most = try #require(Quantity(9_998))
        let one = try #require(Quantity(1))
        #expect(most.adding(one)?.rawValue == 9_999)
        #expect(most.adding(one)?.adding(one) == nil)
        #expect(one < most)
    }
}
