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
