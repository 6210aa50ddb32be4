// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct ConnectionCensusTests {
    @Test(
        "counts an IPv6 customer as one source, and IPv4 addresses each",
        arguments: [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false), ("::1", "::2", true),
        ])
    func sources(one: String, other: String, isSame: Bool) {
        let census = ConnectionCensus(totalMax: 0, sourceMax: 1)
        #expect(census.enter(one, isExempt: false) == nil)
        #expect((census.enter(other, isExempt: false) == .source) == isSame)
        census.leave(one)
        #expect(census.enter(one, isExempt: false) == nil)
    }
}
