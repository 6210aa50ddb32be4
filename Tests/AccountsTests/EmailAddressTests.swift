// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Accounts

@Suite struct EmailAddressTests {
    @Test(
        "accepts addresses",
        arguments: ["a@b.co", "Asha.Rao+shop@mail.example.org", "o'neil@example.co.in", "x@1-2.dev"])
    func accepts(text: String) {
        #expect(EmailAddress(text)?.text == text)
        #expect(EmailAddress(text)?.folded == text.lowercased())
    }

    @Test(
        "refuses what is none",
        arguments: [
            "", "a", "a@b", "@b.co", "a@", "a@@b.co", "a@b@c.co", "a b@c.co", "a@b..co", "a@.co", "a@b.co.", "a@-b.co",
            "a@b-.co", "a@b_c.co", "é@b.co", "a@é.co", "a\u{7}@b.co", "a,b@c.co",
        ])
    func refuses(text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func hasALength() {
        let local = String(repeating: "a", count: 64)
        #expect(EmailAddress(local + "@b.co") != nil)
        #expect(EmailAddress(local + "a@b.co") == nil)
        let domain = Array(repeating: String(repeating: "d", count: 62), count: 3).joined(separator: ".")
        #expect(EmailAddress("\(String(repeating: "a", count: 62))@\(domain).co") != nil)
        #expect(EmailAddress("\(local)@\(domain).comm") == nil)
    }
}
