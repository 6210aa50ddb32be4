// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct GSTINTests {
    @Test("numbers that were issued", arguments: ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "24aaacc1206d1zm"])
    func good(text: String) throws {
        let gstin = try #require(GSTIN(text))
        #expect(gstin.text == text.uppercased())
        #expect(gstin.pan == gstin.text.dropFirst(2).prefix(10))
        #expect(PAN(gstin.pan) != nil)
    }

    @Test(
        "one character wrong, two exchanged, too short, too long, no state, no Z, other letters",
        arguments: [
            "27AAPFU0939F1ZW", "27AAPFU0993F1ZV", "27AAPFU0939F1Z", "27AAPFU0939F1ZV0", "99AAPFU0939F1ZV",
            "00AAPFU0939F1ZV", "27AAPFU0939F1YV", "27AAPFU0939F1Z٧", "", "27AAPFU0939F0ZX",
        ])
    func bad(text: String) {
        #expect(GSTIN(text) == nil)
    }

    /// Every exchange of one character for another is noticed.
    @Test func noticesEverySingleError() {
        let good = Array("27AAPFU0939F1ZV".utf8)
        for place in good.indices {
            for character in UInt8(ascii: "0")...UInt8(ascii: "Z") where character != good[place] {
                var bad = good
                bad[place] = character
                #expect(GSTIN(String(decoding: bad, as: UTF8.self)) == nil)
            }
        }
    }
}
