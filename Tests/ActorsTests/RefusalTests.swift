// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// Refusals from memory are kept, written behind, and give way to every committed row (hot path rule 11).
@Suite struct RefusalTests {
    private static let refusal = StoredAnswer.test("sold out", status: 409)

    private static func refuse(_ world: World, _ shop: Shop, _ keys: ClosedRange<Int>) -> [Pending<Void>] {
        keys.map { key in world.driver.start { await shop.keys.finishRefusal(.test(key), refusal) } }
    }

    private static func begin(
        _ world: World, _ shop: Shop, _ key: Int
    ) throws -> IdempotencyActor.Decision {
        try world.driver.ask { try await shop.keys.begin(.test(key)) }
    }

    @Test func theyAreGivenAtOnceAndWrittenTogether() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.delays = 5...5 }
        let given = Self.refuse(world, shop, 1...20)
        world.driver.run()
        #expect(given.allSatisfy { $0.result != nil }, "nobody waits for the row")
        #expect(world.look { $0.keys.isEmpty })
        #expect(try Self.begin(world, shop, 7) == .replay(Self.refusal))
        world.driver.advance(.seconds(1))
        #expect(world.look { $0.keys.count } == 20)
        #expect(world.look { $0.keyRow(.test(7))?.answer?.body } == "sold out")
    }

    @Test func aCommittedRowWins() throws {
        let world = World()
        let shop = world.shop()
        let placed = StoredAnswer.test("placed elsewhere", status: 201)
        world.arrange { database in
            database.release(
                .test(1),
                finished: .finished(fingerprint: KeyClaim.test(1).fingerprint, placed, remaining: .seconds(60)))
        }
        _ = Self.refuse(world, shop, 1...1)
        world.driver.advance(.seconds(1))
        #expect(try Self.begin(world, shop, 1) == .replay(placed))
        #expect(world.look { $0.keyRow(.test(1))?.answer?.body } == "placed elsewhere")
    }

    /// The refusal has left memory by the time that another request's row is found in its place: those who run the key by then
    /// do not hear that request's answer.
    @Test func aRowOfAnotherRequestIsNoAnswerToWhoRuns() throws {
        let world = World()
        let shop = Shop(
            world.driver.executor, world.database, keys: IdempotencyLimits(answersPerShard: 1, answerBytesPerShard: 1))
        let elsewhere = KeyClaim.test(1, fingerprint: 9)
        world.arrange { database in
            database.delays = 5...5
            database.release(
                .test(1),
                finished: .finished(
                    fingerprint: elsewhere.fingerprint, .test("of another request", status: 201),
                    remaining: .seconds(60)))
        }
        _ = Self.refuse(world, shop, 1...1)
        world.driver.run()
        #expect(try Self.begin(world, shop, 1) == .execute)
        let joined = world.driver.start { try await shop.keys.begin(.test(1)) }
        world.driver.advance(.seconds(1))
        #expect(joined.result == nil, "it waits for who runs")
        #expect(try world.driver.ask { try await shop.keys.begin(elsewhere) } == .reused)
        try world.driver.ask { await shop.keys.finishReused(.test(1)) }
        #expect(world.driver.finish([joined]) && joined.value == .reused)
    }

    /// Nobody else could learn of it: a retry is judged anew.
    @Test func whatCannotBeWrittenIsForgotten() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.isUp = false }
        _ = Self.refuse(world, shop, 1...1)
        world.driver.advance(.seconds(1))
        #expect(try Self.begin(world, shop, 1) == .execute)
    }

    /// Another process is about to commit the key: its row decides, and until then nobody knows.
    @Test func whatSomebodyElseWorksOnIsForgotten() throws {
        let world = World()
        let shop = world.shop()
        world.arrange { $0.take(.test(1)) }
        _ = Self.refuse(world, shop, 1...1)
        world.driver.advance(.seconds(1))
        #expect(try Self.begin(world, shop, 1) == .execute)
        #expect(world.look { $0.keys.isEmpty })
    }

    @Test func pastItsBoundTheyAreDropped() throws {
        let world = World()
        let shop = Shop(world.driver.executor, world.database, refusalsWaitingMax: 3)
        world.arrange { $0.delays = 5...5 }
        _ = Self.refuse(world, shop, 1...20)
        world.driver.advance(.seconds(1))
        let written = world.look { $0.keys.count }
        #expect((1...6).contains(written), "\(written) were written")
        var judgedAnew = 0
        for key in 1...20 where try Self.begin(world, shop, key) == .execute { judgedAnew += 1 }
        #expect(judgedAnew == 20 - written)
    }
}
