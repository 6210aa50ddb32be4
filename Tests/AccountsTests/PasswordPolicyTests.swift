// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Accounts

@Suite struct PasswordPolicyTests {
    private func objection(_ password: String) throws -> String? {
        PasswordPolicy.objection(to: password, email: try #require(EmailAddress("asha.rao@example.org")))
    }

    @Test(
        "lets long and uncommon passwords pass, whatever their characters",
        arguments: ["correct horse battery", "tgvbnhyujm", "पासवर्ड लंबा है", "9471058236174", "my dog eats blue shoes"])
    func accepts(password: String) throws {
        #expect(try objection(password) == nil)
    }

    @Test(
        "objects to what is tried first",
        arguments: [
            "short", "123456789", "1234567890", "0123456789", "2003-11-23", "password12", "Password123!", "p@ssw0rd123",
            "iloveyou2024", "qwertyuiop", "aaaaaaaaaa", "abababababab", "abcdabcdabcd", "abcdefghij", "zyxwvutsrq",
            "asha.rao123", "ASHA.RAO@example.org", "!!letmein!!!",
        ])
    func refuses(password: String) throws {
        #expect(try objection(password) != nil)
    }

    @Test func hasBounds() throws {
        #expect(try objection("abcdjklmn") != nil)
        #expect(try objection("abcdjklmnx") == nil)
        let long = (0..<1024).map { String($0 * 7 % 10) }.joined()
        #expect(try objection(long) == nil || objection(long)?.contains("bytes") == false)
        #expect(try objection(long + "x")?.contains("bytes") == true)
    }
}
