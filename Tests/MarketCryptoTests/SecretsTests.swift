// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing

@Suite struct SecretsTests {
    @Test func opensWhatItSealed() throws {
        let box = try #require(SealedBox(key: [UInt8](repeating: 1, count: 32)))
        for text in ["", "a secret answer"] {
            let plain = Array(text.utf8)
            let sealed = box.seal(plain, context: [1, 2])
            #expect(sealed.count == plain.count + SealedBox.overhead)
            #expect(box.open(sealed, context: [1, 2]) == plain)
        }
    }

    @Test func refusesAnythingChanged() throws {
        let box = try #require(SealedBox(key: [UInt8](repeating: 1, count: 32)))
        let other = try #require(SealedBox(key: [UInt8](repeating: 2, count: 32)))
        let sealed = box.seal([9, 9, 9], context: [1])
        #expect(box.open(sealed, context: [2]) == nil)
        #expect(box.open(sealed, context: []) == nil)
        #expect(other.open(sealed, context: [1]) == nil)
        #expect(box.open(Array(sealed.dropLast()), context: [1]) == nil)
        #expect(box.open([], context: [1]) == nil)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(box.open(changed, context: [1]) == nil)
        }
        #expect(SealedBox(key: [1, 2, 3]) == nil)
    }

    @Test func sealsAsXChaCha20Poly1305() throws {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        let nonce = (0x40...0x57).map { UInt8($0) }
        let box = try #require(SealedBox(key: (0x80...0x9F).map { UInt8($0) }, random: RandomSource { _ in nonce }))
        let plain =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would "
            + "be it."
        let context = try #require(Hex.decode("50515253c0c1c2c3c4c5c6c7"))
        let sealed = box.seal(Array(plain.utf8), context: context)
        #expect(
            Hex.encode(sealed) == Hex.encode(nonce)
                + "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
                + "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                + "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49")
        #expect(box.open(sealed, context: context) == Array(plain.utf8))
    }

    @Test func neverSealsTwiceAlike() throws {
        let box = try #require(SealedBox(key: [UInt8](repeating: 1, count: 32)))
        #expect(box.seal([5], context: []) != box.seal([5], context: []))
    }

    @Test func randomBytesDifferAndSeededOnesRepeat() {
        #expect(RandomSource.secure.bytes(32) != RandomSource.secure.bytes(32))
        #expect(RandomSource.secure.bytes(0).isEmpty)
        #expect(RandomSource.secure.token().utf8.count == 43)
        let first = RandomSource.seeded(42)
        let second = RandomSource.seeded(42)
        #expect(first.bytes(13) == second.bytes(13))
        #expect(first.number() == second.number())
        #expect(RandomSource.seeded(1).bytes(8) != RandomSource.seeded(2).bytes(8))
    }

    @Test func verifiesPasswords() throws {
        let stored = try PasswordHash.make("correct horse", cost: .cheapest)
        #expect(stored.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(PasswordHash.verify("correct horse", against: stored))
        #expect(!PasswordHash.verify("correct horsf", against: stored))
        #expect(!PasswordHash.verify("", against: stored))
        #expect(!PasswordHash.verify("correct horse", against: "not a hash"))
        #expect(try PasswordHash.make("correct horse", cost: .cheapest) != stored)
    }

    @Test func hashesUnusualPasswords() throws {
        for password in ["", "pass\u{0}word", "पासवर्ड"] {
            let stored = try PasswordHash.make(password, cost: .cheapest)
            #expect(PasswordHash.verify(password, against: stored))
            #expect(!PasswordHash.verify(password + "x", against: stored))
        }
    }

    @Test func asksForANewHashWhenTheCostChanged() throws {
        let stored = try PasswordHash.make("x", cost: .cheapest)
        #expect(!PasswordHash.needsRehash(stored, cost: .cheapest))
        #expect(PasswordHash.needsRehash(stored, cost: .standard))
    }

    @Test func clampsCosts() {
        #expect(PasswordCost(passes: 0, memory: 0) == .cheapest)
        #expect(PasswordCost(passes: 99, memory: .max) == PasswordCost(passes: 16, memory: 256 << 20))
    }
}
