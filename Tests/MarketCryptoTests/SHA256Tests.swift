// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing

@Suite struct SHA256Tests {
    @Test(
        "gives the values of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func matchesKnownValues(text: String, expected: String) {
        #expect(SHA256.hash(text).hex == expected)
        #expect(SHA256.hash(Array(text.utf8)).hex == expected)
        var hasher = SHA256Hasher()
        for byte in text.utf8 { hasher.update([byte]) }
        #expect(hasher.finalize().hex == expected)
    }

    @Test func hashesAMillionBytesInPieces() {
        var hasher = SHA256Hasher()
        for _ in 0..<1000 { hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(hasher.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(
        "hashes the same in one piece and in two, round the block's edges",
        arguments: [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129])
    func pieces(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for cut in [0, 1, count / 2, count - 1, count] {
            var hasher = SHA256Hasher()
            hasher.update(Array(bytes[..<cut]))
            hasher.update(Array(bytes[cut...]))
            #expect(hasher.finalize() == SHA256.hash(bytes))
        }
    }

    @Test func lengthPrefixesKeepFieldsApart() {
        func digest(_ fields: [String]) -> Digest256 {
            var hasher = SHA256Hasher()
            for field in fields { hasher.updateLengthPrefixed(field) }
            return hasher.finalize()
        }
        #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
        #expect(digest(["a", ""]) != digest(["", "a"]))
        #expect(digest(["a"]) != digest(["a", ""]))
        let spelled = SHA256.hash([0, 0, 0, 0, 0, 0, 0, 2, 97, 98])
        #expect(digest(["ab"]) == spelled)
    }

    @Test func digestsKeepTheirBytes() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let digest = try #require(Digest256(bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.words.0 == 0x0001_0203_0405_0607)
        #expect(digest.hex.hasPrefix("000102"))
        #expect(Digest256(bytes.dropLast()) == nil)
        #expect(Digest256(bytes + [0]) == nil)
    }

    @Test func fieldsThatAreGatheredHashAsFieldsThatAreFed() {
        let digest = SHA256.hash("x")
        for (text, bytes) in [("", []), ("a", [1, 2]), ("é", [UInt8](repeating: 7, count: 700))] as [(String, [UInt8])]
        {
            var hasher = SHA256Hasher()
            hasher.updateLengthPrefixed(text)
            hasher.updateLengthPrefixed(bytes)
            hasher.updateLengthPrefixed(digest.bytes)
            var fields = HashedFields(capacity: 8)
            fields.add(text)
            fields.add(bytes)
            fields.add(digest)
            let fed = hasher.finalize()
            #expect(fields.hash == fed)
        }
    }
}
