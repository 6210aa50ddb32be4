// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// Changes of many carts share a transaction, and each of them stands alone (hot path rules 2, 3, 7 and 14).
@Suite struct CartWriterTests {
    typealias Adding = Pending<CartActor.Outcome<Int64>>

    private static func world(carts: Int64 = 16, _ faults: [SimulatedDatabase.Fault] = []) throws -> (World, Shop) {
        try world(carts: carts, CartWriteLimits(), faults)
    }

    /// Carts that the process knows, so that the statements that follow are batches only.
    private static func world(
        carts: Int64 = 16, _ limits: CartWriteLimits, _ faults: [SimulatedDatabase.Fault] = []
    ) throws -> (World, Shop) {
        let world = World()
        world.arrange { database in
            for cart in 1...carts { database.openCart(cart) }
        }
        let shop = Shop(world.driver.executor, world.database, carts: CartLimits(writes: limits))
        for cart in 1...carts {
            _ = try world.driver.ask { try await shop.carts.withCart(of: owner(cart)) { try await $0.read(now: 1) } }
        }
        world.arrange { $0.script = faults }
        return (world, shop)
    }

    private static func owner(_ number: Int64) -> CartOwner { .user(UserID(rawValue: number)) }

    /// One more unit for a cart; the value is the version that it made.
    private static func add(
        _ world: World, _ shop: Shop, _ number: Int64, key: Int? = nil, fingerprint: Int? = nil
    ) -> Adding {
        world.driver.start {
            try await shop.carts.withCart(of: owner(number)) { cart in
                try await cart.change(now: 1) { state in
                    var next = state
                    next.version += 1
                    if next.lines.isEmpty {
                        let line = CartLineID(rawValue: number)
                        next.lines = [.init(id: line, variant: .test(1), quantity: 0, note: nil, unitPriceSeen: 1)]
                    }
                    next.lines[0].quantity += 1
                    let claim = key.map { KeyClaim.test($0, fingerprint: fingerprint ?? $0) }
                    return .init(
                        state: next, key: claim.map { ($0, .test("cart \(number) version \(next.version)")) },
                        value: next.version)
                }
            }
        }
    }

    private static func units(_ world: World, _ number: Int64) -> Int? {
        world.look { $0.carts[CartID(rawValue: number)]?.lines.reduce(0) { $0 + $1.quantity } }
    }

    /// Another process's change.
    private static func move(_ world: World, _ number: Int64) {
        world.arrange { database in
            let id = CartID(rawValue: number)
            database.carts[id]?.version += 1
            database.lastCartWrite[id] = -1
        }
    }

    private static func batches(_ world: World) -> [[Int64]] {
        world.look { $0.cartBatches.map { $0.map(\.rawValue) } }
    }

    @Test func whatQueuedWhileABatchFliesSharesTheNext() throws {
        let (world, shop) = try Self.world(CartWriteLimits(batch: 8, inFlight: 1))
        world.arrange { $0.delays = 5...5 }
        let first = Self.add(world, shop, 1)
        world.driver.run()
        let others = (2...16).map { Self.add(world, shop, $0) }
        #expect(world.driver.finish([first] + others))
        #expect(([first] + others).allSatisfy { $0.value?.done == 2 })
        #expect(Self.batches(world).map(\.count) == [1, 8, 7])
    }

    /// Nothing is waited for that is not there: no timer stands between one client and its answer.
    @Test func aloneItGoesAtOnce() throws {
        let (world, shop) = try Self.world()
        let before = world.driver.executor.now
        let task = Self.add(world, shop, 1, key: 1)
        world.driver.run()
        #expect(task.value?.done == 2)
        #expect(world.driver.executor.now == before)
    }

    @Test(arguments: Int64(1)...8)
    func aChangeThatCannotBeWrittenFailsAlone(poisoned: Int64) throws {
        let (world, shop) = try Self.world()
        world.arrange { $0.poisonedCarts = [CartID(rawValue: poisoned)] }
        let tasks = (Int64(1)...8).map { Self.add(world, shop, $0, key: Int($0)) }
        #expect(world.driver.finish(tasks))
        for (number, task) in zip(Int64(1)..., tasks) {
            if number == poisoned {
                #expect(task.error as? JournalError == .data("as arranged"))
                #expect(Self.units(world, number) == 0)
            } else {
                #expect(task.value?.done == 2)
                #expect(Self.units(world, number) == 1)
            }
        }
        // By halves: 8, then 4 + 4, 2 + 2, 1 + 1.
        #expect(Self.batches(world).map(\.count).sorted() == [1, 1, 2, 2, 4, 4, 8])
    }

    /// Another process wrote one of the carts: it is decided anew on what is there, and the others are in the first batch.
    @Test func aConflictIsTheOutcomeOfItsCartAlone() throws {
        let (world, shop) = try Self.world()
        Self.move(world, 3)
        let tasks = (Int64(1)...5).map { Self.add(world, shop, $0) }
        #expect(world.driver.finish(tasks))
        #expect(tasks.map { $0.value?.done } == [2, 2, 3, 2, 2])
        #expect(Self.batches(world) == [[1, 2, 3, 4, 5], [3]])
    }

    @Test func oneCartAndOneKeyFlyOnceAtATime() throws {
        let (world, shop) = try Self.world()
        world.arrange { $0.delays = 5...5 }
        let tasks = [
            Self.add(world, shop, 1, key: 1), Self.add(world, shop, 1, key: 2), Self.add(world, shop, 2, key: 1),
            Self.add(world, shop, 3, key: 3),
        ]
        #expect(world.driver.finish(tasks))
        #expect(tasks[0].value?.done == 2 && tasks[1].value?.done == 3 && tasks[3].value?.done == 2)
        #expect(tasks[2].value?.knownBody == "cart 1 version 2")
        #expect(Self.units(world, 1) == 2 && Self.units(world, 2) == 0)
    }

    /// 40001 and 40P01 are sent again whole, a bounded number of times.
    @Test func aFailedTransactionIsSentAgainWholeAndBounded() throws {
        let (world, shop) = try Self.world(Array(repeating: .conflict, count: 5))
        let tasks = [Self.add(world, shop, 1), Self.add(world, shop, 2)]
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value?.done == 2 })
        #expect(Self.batches(world).map(\.count) == [2, 2, 2, 2, 2, 2])

        let (other, second) = try Self.world(Array(repeating: .conflict, count: 100))
        let lost = Self.add(other, second, 1)
        #expect(other.driver.finish([lost]))
        #expect(lost.error as? JournalError == .conflict)
        #expect(Self.batches(other).count == 6)
    }

    /// 55P03 and 57014 split the batch, until who is stuck is alone.
    @Test func aTimeOutSplitsTheBatch() throws {
        let (world, shop) = try Self.world([.stuck, .stuck])
        let tasks = (Int64(1)...4).map { Self.add(world, shop, $0) }
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value?.done == 2 })
        #expect(Self.batches(world).map(\.count) == [4, 2, 1, 1, 2])
    }

    @Test func whatWasNeverSentFailsAtOnceAndAFaultIsNotSentAgain() throws {
        for (fault, error) in [
            (SimulatedDatabase.Fault.unavailable, JournalError.unavailable), (.fault, .fault("as arranged")),
        ] {
            let (world, shop) = try Self.world([fault])
            let task = Self.add(world, shop, 1)
            #expect(world.driver.finish([task]))
            #expect(task.error as? JournalError == error)
            #expect(Self.batches(world).count == 1)
        }
    }

    @Test func aFullMailboxRefusesAndWritesNothing() throws {
        let (world, shop) = try Self.world(CartWriteLimits(capacity: 2, batch: 2, inFlight: 1))
        world.arrange { $0.delays = 5...5 }
        let tasks = (Int64(1)...8).map { Self.add(world, shop, $0) }
        #expect(world.driver.finish(tasks))
        for (number, task) in zip(Int64(1)..., tasks) {
            let isSaved = task.value?.done == 2
            #expect(isSaved || task.error as? MailboxError == .overloaded)
            #expect(Self.units(world, number) == (isSaved ? 1 : 0))
        }
        #expect(tasks.contains { $0.error as? MailboxError == .overloaded })
    }

    @Test func shutDownAnswersWhatIsQueuedAndTakesNoMore() throws {
        let (world, shop) = try Self.world(CartWriteLimits(batch: 2, inFlight: 1))
        world.arrange { $0.delays = 5...5 }
        let tasks = (Int64(1)...5).map { Self.add(world, shop, $0) }
        world.driver.advance(.milliseconds(6))
        let closing = world.driver.start { try await shop.carts.shutDown() }
        world.driver.run()
        let late = Self.add(world, shop, 6)
        #expect(world.driver.finish([late]))
        #expect(late.error as? MailboxError == .closed)
        #expect(closing.result == nil)
        #expect(world.driver.finish(tasks))
        world.driver.run()
        #expect(tasks.allSatisfy { $0.value?.done == 2 })
        #expect(closing.result != nil)
    }

    // MARK: lost replies

    /// Rule 7, without a key: the write's own number tells whether it was committed, and it is never made twice.
    @Test(arguments: [
        [SimulatedDatabase.Fault.lostBefore], [.lostAfter], [.lateCommit(60)], [.lateStart(60)],
        [.lateCommit(60), .unavailable, .lostBefore, .unavailable, .lostAfter],
    ])
    func aLostReplyIsSentAgainUntilItAnswers(faults: [SimulatedDatabase.Fault]) throws {
        for isKeyed in [false, true] {
            let (world, shop) = try Self.world(faults)
            let tasks = (Int64(1)...3).map { Self.add(world, shop, $0, key: isKeyed ? Int($0) : nil) }
            #expect(world.driver.finish(tasks))
            #expect(tasks.allSatisfy { $0.value?.done == 2 }, "they are its own, whoever committed them")
            world.driver.advance(.milliseconds(500))
            #expect((Int64(1)...3).allSatisfy { Self.units(world, $0) == 1 })
            #expect(Self.batches(world).count > faults.count || faults == [.lateStart(60)])
        }
    }

    /// Somebody else has changed the cart since, so that nothing tells any more whether ours came before.
    @Test func withoutAKeyALaterChangeLeavesItUnknown() throws {
        let (world, shop) = try Self.world([.lostAfter])
        let tasks = [Self.add(world, shop, 1), Self.add(world, shop, 2, key: 2)]
        world.driver.run()
        Self.move(world, 1)
        Self.move(world, 2)
        #expect(world.driver.finish(tasks))
        #expect(tasks[0].error as? JournalError == .unknownOutcome)
        #expect(tasks[1].value?.done == 2, "its key tells")
        #expect(Self.units(world, 1) == 1 && Self.units(world, 2) == 1)
    }

    /// The version that was asked for was made by somebody else: ours was not committed and never will be.
    @Test func anothersChangeOfTheSameVersionIsNoDoubt() throws {
        let (world, shop) = try Self.world([.lostBefore])
        let task = Self.add(world, shop, 1)
        world.driver.run()
        Self.move(world, 1)
        #expect(world.driver.finish([task]))
        #expect(task.value?.done == 3)
        #expect(Self.units(world, 1) == 1)
    }
}

extension CartActor.Outcome {
    var done: Value? {
        if case .done(let value) = self { value } else { nil }
    }

    var knownBody: String? {
        if case .known(_, let answer) = self { String(decoding: answer.body, as: UTF8.self) } else { nil }
    }

    var isInProgress: Bool {
        if case .inProgress = self { true } else { false }
    }
}
