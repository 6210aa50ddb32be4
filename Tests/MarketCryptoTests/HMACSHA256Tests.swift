// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing

@Suite struct HMACSHA256Tests {
    @Test(
        "gives the values of RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
                    + "be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
        ])
    func matchesKnownValues(key: [UInt8], text: String, expected: String) {
        let keyed = HMACSHA256(key: key)
        #expect(keyed.code(text).hex == expected)
        // The prepared state must not change by use.
        #expect(keyed.code(Array(text.utf8)).hex == expected)
        #expect(HMACSHA256.code(Array(text.utf8), key: key).hex == expected)
    }

    @Test func codesTheEmptyMessageWithTheEmptyKey() {
        #expect(
            HMACSHA256(key: []).code("").hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func codesOctetsThatAreNoText() {
        // RFC 4231, test case 3.
        let code = HMACSHA256.code([UInt8](repeating: 0xDD, count: 50), key: [UInt8](repeating: 0xAA, count: 20))
        #expect(code.hex == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
    }

    @Test func derivesKeysByHKDF() throws {
        // RFC 5869, test case 3: no context, the first 32 octets.
        let pseudoRandomKey = try #require(
            Hex.decode("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"))
        let secret = try #require(SecretKey(pseudoRandomKey))
        #expect(
            Hex.encode(secret.key(for: "")) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
    }

    @Test func checksTheWholeCode() {
        let keyed = HMACSHA256(key: Array("key".utf8))
        let message = Array("message".utf8)
        var code = keyed.code(message).bytes
        #expect(keyed.isValid(code, for: message))
        #expect(!keyed.isValid(Array(code.dropLast()), for: message))
        #expect(!keyed.isValid([], for: message))
        code[31] ^= 1
        #expect(!keyed.isValid(code, for: message))
    }

    @Test func isUsableFromManyTasksAtOnce() async {
        let keyed = HMACSHA256(key: Array("Jefe".utf8))
        let expected = keyed.code("what do ya want for nothing?")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 { group.addTask { keyed.code("what do ya want for nothing?") == expected } }
            for await same in group { #expect(same) }
        }
    }

    @Test func derivesOneKeyPerPurpose() throws {
        let secret = try #require(SecretKey([UInt8](repeating: 7, count: 32)))
        #expect(secret.key(for: "a").count == 32)
        #expect(secret.key(for: "a") == secret.key(for: "a"))
        #expect(secret.key(for: "a") != secret.key(for: "b"))
        #expect(SecretKey([UInt8](repeating: 7, count: 31)) == nil)
        #expect("\(secret)" == "SecretKey")
    }
}
