// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct GSTSplitTests {
    @Test func splitsARoundExample() throws {
        let rate = try #require(BasisPoints(1800))
        let inter = GSTSplit(inclusiveTotal: 118_00, rate: rate, supply: .interState)
        #expect((inter.taxable, inter.cgst, inter.sgst, inter.igst) == (100_00, 0, 0, 18_00))
        let intra = GSTSplit(inclusiveTotal: 118_00, rate: rate, supply: .intraState)
        #expect((intra.taxable, intra.cgst, intra.sgst, intra.igst) == (100_00, 9_00, 9_00, 0))
        #expect(intra.tax == 18_00)
    }

    @Test func roundsEachComponentOnce() throws {
        // 999 at 5 %: 47.571… in one piece, 23.785… in halves.
        let rate = try #require(BasisPoints(500))
        let inter = GSTSplit(inclusiveTotal: 999, rate: rate, supply: .interState)
        #expect((inter.igst, inter.taxable) == (48, 951))
        let intra = GSTSplit(inclusiveTotal: 999, rate: rate, supply: .intraState)
        #expect((intra.cgst, intra.sgst, intra.taxable) == (24, 24, 951))
    }

    @Test func partsAlwaysMakeTheWhole() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2000 {
            let total = Int64.random(in: 0...10_000_000_000, using: &random)
            let rate = try #require(BasisPoints(Int32.random(in: 0...2800, using: &random)))
            for supply in [SupplyKind.intraState, .interState] {
                let split = GSTSplit(inclusiveTotal: total, rate: rate, supply: supply)
                #expect(split.taxable + split.cgst + split.sgst + split.igst == total)
                #expect(split.taxable >= 0 && split.tax >= 0)
                #expect(split.cgst == split.sgst)
                let mirrored = GSTSplit(inclusiveTotal: -total, rate: rate, supply: supply)
                #expect(mirrored.tax == -split.tax && mirrored.taxable == -split.taxable)
            }
        }
    }

    @Test func extremesDoNotTrap() throws {
        let rate = try #require(BasisPoints(1_000_000))
        for total in [Int64.min, -1, 0, 1, 2, 3, .max] {
            for supply in [SupplyKind.intraState, .interState] {
                let split = GSTSplit(inclusiveTotal: total, rate: rate, supply: supply)
                #expect(split.taxable + split.tax == total)
            }
        }
    }

    @Test func comparesStates() {
        #expect(SupplyKind(sellerState: "KA", placeOfSupply: "KA") == .intraState)
        #expect(SupplyKind(sellerState: "KA", placeOfSupply: "MH") == .interState)
    }
}
