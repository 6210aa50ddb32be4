// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing

@Suite struct OneTimeCodeTests {
    private static let secret = Array("12345678901234567890".utf8)

    /// RFC 6238, appendix B, the last six digits of eight.
    @Test(arguments: [
        (Int64(59), "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func isThatOfTheStandard(seconds: Int64, code: String) {
        #expect(OneTimeCode.code(secret: Self.secret, step: OneTimeCode.step(at: seconds)) == code)
    }

    @Test func takesTheStepsBesideThePresentOne() {
        let now: Int64 = 1_234_567_890
        let step = OneTimeCode.step(at: now)
        for other in (step - 2)...(step + 2) {
            let code = OneTimeCode.code(secret: Self.secret, step: other)
            let found = OneTimeCode.step(of: code, secret: Self.secret, at: now)
            #expect(found == ((step - 1)...(step + 1) ~= other ? other : nil))
        }
        for wrong in ["", "00000", "0059240", "00592x", "５05924"] {
            #expect(OneTimeCode.step(of: wrong, secret: Self.secret, at: now) == nil)
        }
    }

    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func writesBase32(text: String, encoded: String) {
        #expect(OneTimeCode.text(of: Array(text.utf8)) == encoded)
    }
}
