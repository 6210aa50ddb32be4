// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// What becomes of a batch that did not get through: by the class of the error, and never at its neighbours' cost (hot path
/// rules 2, 7 and 14).
@Suite struct BatchRetryTests {
    /// A shop that knows its stock, so that the statements that follow are batches only.
    private static func opened(_ faults: [SimulatedDatabase.Fault]) throws -> (World, Shop) {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 100)
            for cart in 1...16 { database.openCart(Int64(cart)) }
        }
        let shop = world.shop()
        try world.driver.ask { try await shop.inventory.reload([.test(1)]) }
        world.arrange { $0.script = faults }
        return (world, shop)
    }

    private static func batches(_ world: World) -> [SimulatedDatabase.Batch] { world.look { $0.batches } }

    /// Rule 2: twice the same, once with row locks, then by halves.
    @Test func aShortBatchIsResentTwiceThenLockedThenHalved() throws {
        let (world, shop) = try Self.opened(Array(repeating: .short, count: 4))
        let tasks = world.place(shop, (1...4).map { .test($0) })
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value == .placed })
        let batches = Self.batches(world)
        #expect(batches.map(\.orders.count) == [4, 4, 4, 4, 2, 2])
        #expect(batches.map(\.check) == [.atUpdate, .before, .before, .locking, .before, .before])
        world.expectSound(shop)
    }

    /// Rule 2: what can never be written fails alone.
    @Test(arguments: 1...8)
    func anOrderThatCannotBeWrittenFailsAlone(poisoned: Int) throws {
        let (world, shop) = try Self.opened([])
        world.arrange { $0.poisoned = [OrderID(rawValue: Int64(poisoned))] }
        let tasks = world.place(shop, (1...8).map { .test($0) })
        #expect(world.driver.finish(tasks))
        for (index, task) in tasks.enumerated() {
            if index + 1 == poisoned {
                guard case .data? = task.error as? JournalError else {
                    Issue.record("the order that cannot be written: \(String(describing: task.result))")
                    continue
                }
            } else {
                #expect(task.value == .placed)
            }
        }
        // By halves: 8, then 4 + 4, 2 + 2, 1 + 1.
        #expect(Self.batches(world).count == 7)
        world.expectSound(shop)
    }

    /// Rule 14: 40001 and 40P01 are sent again whole, a bounded number of times.
    @Test func aConflictIsSentAgainWholeAndBounded() throws {
        let (world, shop) = try Self.opened(Array(repeating: .conflict, count: 5))
        let tasks = world.place(shop, [.test(1), .test(2)])
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value == .placed })
        #expect(Self.batches(world).map(\.orders.count) == [2, 2, 2, 2, 2, 2])

        let (other, second) = try Self.opened(Array(repeating: .conflict, count: 100))
        let lost = other.place(second, .test(1))
        #expect(other.driver.finish([lost]))
        #expect(lost.error as? JournalError == .conflict)
        #expect(Self.batches(other).count == 6)
        other.expectSound(second)
    }

    /// Rule 7: sent again unchanged until it answers, though the look-up would have found nothing.
    @Test func aLostReplyIsSentAgainUnchangedUntilItAnswers() throws {
        let faults: [SimulatedDatabase.Fault] = [.lateCommit(60), .unavailable, .lostBefore, .unavailable, .lostAfter]
        let (world, shop) = try Self.opened(faults)
        let tasks = world.place(shop, [.test(1), .test(2)])
        world.driver.advance(.milliseconds(10))
        #expect(world.held(shop) == 2, "nobody else gets the units meanwhile")
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value == .placed }, "they are its own orders, whoever committed them")
        let batches = Self.batches(world)
        #expect(batches.count >= 6)
        #expect(batches.allSatisfy { $0.orders == batches[0].orders })
        #expect(world.look { $0.orders.count } == 2)
        world.expectSound(shop)
    }

    /// Rule 7: nor is it said to be undone when its key, which the lost send still has, cannot be asked for.
    @Test func aDoubtOutlivesTheBatch() throws {
        let (world, shop) = try Self.opened([.lateCommit(300), .none, .unavailable])
        let task = world.place(shop, .test(1))
        #expect(world.driver.finish([task]))
        #expect(Self.batches(world).count == 2)
        #expect(try Self.batches(world).last?.outcome?.get() == [.busy])
        #expect(task.error as? JournalError == .unknownOutcome)
        world.driver.advance(.seconds(1))
        #expect(world.look { $0.orders.count } == 1, "it was committed all the same")
        world.expectSound(shop)
    }

    /// Rule 7's other half: what was never sent is not in doubt.
    @Test func whatWasNeverSentFailsAtOnce() throws {
        let (world, shop) = try Self.opened([.unavailable])
        let task = world.place(shop, .test(1))
        #expect(world.driver.finish([task]))
        #expect(task.error as? JournalError == .unavailable)
        #expect(Self.batches(world).count == 1)
        world.expectSound(shop)
    }

    /// Rule 14: a mistake of ours is not sent again.
    @Test func aFaultIsNotSentAgain() throws {
        let (world, shop) = try Self.opened([.fault])
        let task = world.place(shop, .test(1))
        #expect(world.driver.finish([task]))
        #expect(task.error as? JournalError == .fault("as arranged"))
        #expect(Self.batches(world).count == 1)
        world.expectSound(shop)
    }

    /// Rule 3: keys that another process has are asked for together, not one by one, and their neighbours are not held up.
    @Test func busyKeysLeaveTheirBatchAndArePolledTogether() throws {
        let (world, shop) = try Self.opened([])
        world.arrange { database in
            for key in 1...5 { database.take(.test(key)) }
        }
        let busy = world.place(shop, (1...5).map { .test($0) })
        let free = world.place(shop, (6...10).map { .test($0) })
        world.driver.run()
        #expect(free.allSatisfy { $0.value == .placed }, "in the same step: nothing waits in a batch")
        world.driver.advance(.milliseconds(100))
        let reads = world.look { $0.keyReads }
        #expect(reads.contains { $0.count == 5 })
        #expect(reads.count <= 20, "one read per tick of 5 ms at most")
        world.arrange { database in
            for key in 1...3 {
                database.release(
                    .test(key),
                    finished: .finished(fingerprint: .test(key, 2), .test("done elsewhere"), remaining: .seconds(60)))
            }
            for key in 4...5 { database.release(.test(key)) }
        }
        #expect(world.driver.finish(busy))
        for key in 1...3 {
            #expect(busy[key - 1].value == .known(fingerprint: .test(key, 2), answer: .test("done elsewhere")))
        }
        #expect(busy[3].value == .placed && busy[4].value == .placed)
        world.expectSound(shop)
    }

    @Test func aKeyThatStaysBusyIsInProgress() throws {
        let (world, shop) = try Self.opened([])
        world.arrange { $0.take(.test(1)) }
        let task = world.place(shop, .test(1))
        #expect(world.driver.finish([task]))
        #expect(task.value == .inProgress)
        #expect(world.driver.executor.now >= 10_000_000_000, "not before the waiting bound")
        world.expectSound(shop)
    }
}
