// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// What is acknowledged without an effect has its row before it goes out, and nobody hears anything else (law 2).
@Suite struct WrittenAnswerTests {
    private static let claim = KeyClaim.test(1)
    private static let answer = StoredAnswer.test("there already")

    @Test func itsRowIsThereFirst() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.delays = 5...5 }
        let writing = world.driver.start { try await shop.keys.write(Self.claim, Self.answer) }
        world.driver.run()
        #expect(writing.result == nil, "it waits for the commit")
        #expect(world.driver.finish([writing]))
        #expect(writing.value == .stored)
        #expect(world.look { $0.keyRow(Self.claim.digest)?.answer?.body } == "there already")
        // The same from elsewhere, as after a lost reply.
        let again = try world.driver.ask { try await shop.keys.write(Self.claim, Self.answer) }
        #expect(again == .stored)
    }

    /// The case behind it: one process is about to commit the key with its effect, which another one sees already.
    @Test func anotherRowDecides() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.take(Self.claim.digest) }
        let busy = try world.driver.ask { try await shop.keys.write(Self.claim, Self.answer) }
        #expect(busy == .skipped, "nothing may be said while somebody works on the key")
        let other = StoredAnswer.test("made by another process", status: 201)
        world.arrange {
            $0.release(
                Self.claim.digest,
                finished: .finished(fingerprint: Self.claim.fingerprint, other, remaining: .seconds(60)))
        }
        let known = try world.driver.ask { try await shop.keys.write(Self.claim, Self.answer) }
        guard case .row(Self.claim.fingerprint, other, _) = known else {
            Issue.record("the row decides: \(known)")
            return
        }
    }

    /// An expired row is none: the key is new again (contract C5).
    @Test func anExpiredRowIsTakenOver() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { database in
            database.keys[Self.claim.digest] = KeyRow(fingerprint: .test(9), answer: .test("old"), expires: 0)
        }
        let written = try world.driver.ask { try await shop.keys.write(Self.claim, Self.answer) }
        #expect(written == .stored)
        #expect(world.look { $0.keyRow(Self.claim.digest)?.fingerprint } == Self.claim.fingerprint)
    }

    @Test func whatCannotBeWrittenIsNotSaid() {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.isUp = false }
        #expect(throws: JournalError.unavailable) {
            try world.driver.ask { try await shop.keys.write(Self.claim, Self.answer) }
        }
    }
}
