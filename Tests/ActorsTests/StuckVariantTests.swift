// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// A row of stock that somebody keeps locked stops the orders of its variant, and no others (hot path rule 14).
@Suite struct StuckVariantTests {
    /// Two variants with a cart for each order: odd orders want the first one, which is locked.
    private static func world(orders: Int) -> World {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 1000)
            database.put(.test(2), onHand: 1000)
            for cart in 1...orders { database.openCart(Int64(cart)) }
            database.locks.insert(.stock(.test(1)))
        }
        return world
    }

    private static func order(_ number: Int) -> PlaceOrder {
        .test(number, [(number.isMultiple(of: 2) ? 2 : 1, 1)])
    }

    @Test func theOthersGoOnAndTheStuckRecover() throws {
        let world = Self.world(orders: 60)
        let shop = world.shop()
        let tasks = (1...40).map { world.place(shop, Self.order($0)) }
        #expect(world.driver.finish(tasks))
        for (index, task) in tasks.enumerated() {
            if (index + 1).isMultiple(of: 2) {
                #expect(task.value == .placed)
            } else {
                #expect(task.error as? JournalError == .stuck)
            }
        }
        // Those who come later go past it: no batch of theirs waits for the lock any more.
        let before = world.look { $0.batches.count }
        let later = stride(from: 42, through: 60, by: 2).map { world.place(shop, Self.order($0)) }
        #expect(world.driver.finish(later))
        #expect(later.allSatisfy { $0.value == .placed })
        #expect(world.look { $0.batches.count } == before + 1)

        world.arrange { $0.locks.remove(.stock(.test(1))) }
        let recovered = stride(from: 1, through: 59, by: 2).map { world.place(shop, Self.order($0)) }
        #expect(world.driver.finish(recovered))
        #expect(recovered.allSatisfy { $0.value == .placed })
        world.expectSound(shop)
    }

    /// One batch runs into the lock and finds it; those that queued behind it meanwhile are not sent into it one after the other.
    @Test func whoQueuedBeforeItWasKnownIsSetAside() throws {
        let world = Self.world(orders: 41)
        let shop = world.shop(orders: .init(batch: 2, inFlight: 1))
        let began = world.driver.executor.now
        let stuck = stride(from: 1, through: 39, by: 2).map { world.place(shop, Self.order($0)) }
        let last = world.place(shop, Self.order(40))
        #expect(world.driver.finish([last]))
        #expect(last.value == .placed)
        let lockTimeout = world.look { UInt64($0.lockTimeout) }
        // Its own time-out and the looks, which take half a second; ten batches would have taken ten.
        #expect((world.driver.executor.now - began) / 1_000_000 < 4 * lockTimeout + 500)
        #expect(world.driver.finish(stuck))
        #expect(stuck.allSatisfy { $0.error as? JournalError == .stuck })
        world.arrange { $0.locks.remove(.stock(.test(1))) }
        world.expectSound(shop)
    }

    /// Who wants the stuck row and another one does not keep the other one from those who want nothing else, however often it comes back.
    @Test func theOtherRowsOfItsOrdersStayFree() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 1000)
            database.put(.test(2), onHand: 1000)
            for cart in 1...400 { database.openCart(Int64(cart)) }
            database.locks.insert(.stock(.test(2)))
        }
        let shop = world.shop()
        func both(_ number: Int) -> PlaceOrder { .test(number, [(1, 1), (2, 1)]) }
        func only(_ number: Int) -> PlaceOrder { .test(number, [(1, 1)]) }
        let first = [world.place(shop, both(1)), world.place(shop, only(2))]
        #expect(world.driver.finish(first))
        #expect(first[0].error as? JournalError == .stuck && first[1].value == .placed)
        let known = world.look { $0.batches.count }
        for round in 1...8 {
            let number = round * 40
            let stuck = world.place(shop, (number..<number + 10).map(both))
            world.driver.advance(.milliseconds(round * 30))
            let before = world.driver.executor.now
            let free = world.place(shop, (number + 10..<number + 20).map(only))
            #expect(world.driver.finish(free))
            #expect(free.allSatisfy { $0.value == .placed })
            #expect((world.driver.executor.now - before) / 1_000_000 < 50, "it waited for nobody's lock")
            #expect(world.driver.finish(stuck))
            #expect(stuck.allSatisfy { $0.error as? JournalError == .stuck })
        }
        let sent = world.look { $0.batches[known...].flatMap(\.orders).map(\.rawValue) }
        #expect(sent.allSatisfy { $0 % 40 >= 10 }, "of those of the stuck row none was sent")
        world.arrange { $0.locks.remove(.stock(.test(2))) }
        let recovered = world.place(shop, (380..<390).map(both))
        #expect(world.driver.finish(recovered))
        #expect(recovered.allSatisfy { $0.value == .placed })
        world.expectSound(shop)
    }

    /// The row was freed while the rest of its batch was written: it is ordered as if nothing had been.
    @Test func whoWasSetAsideForARowThatIsFreeTriesOnceMore() throws {
        let world = Self.world(orders: 8)
        let shop = world.shop(orders: .init(batch: 2, inFlight: 1))
        let first = world.place(shop, Self.order(1))
        world.driver.advance(.milliseconds(40))
        // Both wait until the first one's row is known to be stuck; then one is set aside and the other waits for its own row.
        let pair = world.place(shop, [Self.order(3), Self.order(2)])
        world.driver.advance(.milliseconds(100))
        world.arrange { $0.locks.insert(.stock(.test(2))) }
        world.driver.advance(.milliseconds(660))
        #expect(pair.allSatisfy { $0.result == nil } && first.result == nil)
        world.arrange { $0.locks.remove(.stock(.test(1))) }
        #expect(world.driver.finish([first]))
        #expect(first.value == .placed)
        #expect(pair.allSatisfy { $0.result == nil })
        world.arrange { $0.locks.remove(.stock(.test(2))) }
        #expect(world.driver.finish(pair))
        #expect(pair.allSatisfy { $0.value == .placed })
        world.expectSound(shop)
    }

    /// Stuck and free orders in one batch: each has the outcome of its own.
    @Test func whatIsSetAsideUnsentDoesNotMixOutcomesUp() throws {
        let world = Self.world(orders: 60)
        let shop = world.shop(orders: .init(batch: 6, inFlight: 1))
        let tasks = (1...60).map { world.place(shop, Self.order($0)) }
        #expect(world.driver.finish(tasks))
        for (index, task) in tasks.enumerated() {
            if (index + 1).isMultiple(of: 2) {
                #expect(task.value == .placed, "order \(index + 1)")
            } else {
                #expect(task.error as? JournalError == .stuck, "order \(index + 1)")
            }
        }
        #expect(
            world.look { Set($0.orders.keys.map(\.rawValue)) }
                == Set(stride(from: 2, through: 60, by: 2).map(Int64.init)))
        world.arrange { $0.locks.remove(.stock(.test(1))) }
        world.expectSound(shop)
    }

    @Test func moreThanAFewAreRefusedAtTheDoor() throws {
        let world = Self.world(orders: 200)
        let shop = world.shop(orders: .init(stuck: 4))
        let first = world.place(shop, Self.order(1))
        #expect(world.driver.finish([first]))
        #expect(first.error as? JournalError == .stuck)
        let tasks = stride(from: 3, through: 199, by: 2).map { world.place(shop, Self.order($0)) }
        #expect(world.driver.finish(tasks))
        #expect(tasks.contains { $0.error as? MailboxError == .overloaded })
        #expect(tasks.allSatisfy { $0.value == nil })
        world.arrange { $0.locks.remove(.stock(.test(1))) }
        let again = world.place(shop, Self.order(1))
        #expect(world.driver.finish([again]))
        #expect(again.value == .placed)
        world.expectSound(shop)
    }

    /// What an earlier send may have committed is never said to be undone.
    @Test func anUnknownOutcomeStaysUnknownBehindALock() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 10)
            database.openCart(1)
            // The row is read, the order sent; then each time-out is followed by a look at the locks.
            database.script = [.none, .lateCommit(500), .stuck, .none, .stuck, .none]
        }
        let shop = world.shop()
        let task = world.place(shop, .test(1))
        #expect(world.driver.finish([task]))
        #expect(task.error as? JournalError == .unknownOutcome)
        world.driver.advance(.seconds(1))
        #expect(world.look { $0.orders.count } == 1, "it was committed all the same")
        world.expectSound(shop)
    }
}
