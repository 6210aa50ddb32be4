// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MarketApp

struct AddressRangeTests {
    @Test(
        "addresses on both sides of a range's edges",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"), ("10.0.0.0/8", "10.0.0.0", "9.255.255.255"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"), ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.8"), ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"), ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::1", "::1", "::2"), ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"), ("::/0", "2001:db8::1", "nonsense"),
        ])
    func contains(range: String, inside: String, outside: String) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(inside))
        #expect(!range.contains(outside))
    }

    @Test(
        "what is no range",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.1/8", "10.0/8",
            "::1/129", "localhost", "10.0.0.0 ", "10.0.0.0/0x8",
        ])
    func refuses(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
