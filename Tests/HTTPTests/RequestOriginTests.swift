// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct RequestOriginTests {
    @Test(
        "believes X-Forwarded-For only of our own proxies, and reads it from the right",
        arguments: [
            ("9.9.9.9", ["1.1.1.1"], "9.9.9.9"), ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"), ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", ["1.1.1.1,10.0.0.2"], "1.1.1.1"), ("10.0.0.1", ["1.1.1.1, evil"], "10.0.0.1"),
            ("10.0.0.1", ["evil, 1.1.1.1 , 10.0.0.2"], "1.1.1.1"), ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", ["1.1.1.1, "], "10.0.0.1"), ("10.0.0.1", [String(repeating: "1", count: 46)], "10.0.0.1"),
            ("10.0.0.1", ["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
        ] as [(String, [String], String)])
    func clientAddress(peer: String, forwarded: [String], expected: String) {
        let origin = RequestOrigin(peer: Peer(address: peer, port: 1)) { $0.hasPrefix("10.") }
        #expect(origin.clientAddress(forwarded: forwarded) == expected)
    }

    @Test(
        "believes X-Forwarded-Proto only of our own proxies, and its last word",
        arguments: [
            ("9.9.9.9", false, ["https"], false), ("9.9.9.9", true, ["http"], true), ("10.0.0.1", false, [], false),
            ("10.0.0.1", true, [], true), ("10.0.0.1", false, ["https"], true), ("10.0.0.1", false, [" HTTPS\t"], true),
            ("10.0.0.1", true, ["http"], false), ("10.0.0.1", false, ["http, https"], true),
            ("10.0.0.1", false, ["https, http"], false), ("10.0.0.1", false, ["https", "http"], false),
            ("10.0.0.1", false, ["wss"], false), ("10.0.0.1", true, ["https,"], true), ("10.0.0.1", true, [""], true),
        ] as [(String, Bool, [String], Bool)])
    func scheme(peer: String, isSecure: Bool, forwarded: [String], expected: Bool) {
        let origin = RequestOrigin(
            peer: Peer(address: peer, port: 1), isTrustedProxy: { $0.hasPrefix("10.") }, isSecure: isSecure)
        #expect(origin.isSecure(forwarded: forwarded) == expected)
    }

    @Test func theCensusCountsWhatEntersAndLeaves() {
        let census = ConnectionCensus(totalMax: 3, sourceMax: 2)
        #expect(census.enter("a", isExempt: false) == nil)
        #expect(census.enter("a", isExempt: false) == nil)
        #expect(census.enter("a", isExempt: false) == .source)
        #expect(census.enter("a", isExempt: true) == nil)
        #expect(census.enter("b", isExempt: false) == .total)
        #expect(census.enter("b", isExempt: true) == .total)
        census.leave("a")
        census.leave("a")
        #expect(census.enter("a", isExempt: false) == nil)
        #expect(census.enter("b", isExempt: false) == nil)
        #expect(census.total == 3)
        let unbounded = ConnectionCensus(totalMax: 0, sourceMax: 0)
        for _ in 0..<10_000 { #expect(unbounded.enter("a", isExempt: false) == nil) }
        #expect(unbounded.total == 10_000)
    }
}
