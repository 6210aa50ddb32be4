// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// Carts and keys of carts that others have: nobody waits for them in a batch (hot path rule 3).
@Suite struct BusyCartTests {
    private static func world() -> (World, Shop) {
        let world = World()
        world.arrange { database in
            for cart in Int64(1)...16 { database.openCart(cart) }
        }
        return (world, Shop(world.driver.executor, world.database))
    }

    private static func add(
        _ world: World, _ shop: Shop, _ number: Int64, key: Int? = nil
    ) -> Pending<CartActor.Outcome<Int64>> {
        world.driver.start {
            try await shop.carts.withCart(of: .user(UserID(rawValue: number))) { cart in
                try await cart.change(now: 1) { state in
                    var next = state
                    next.version += 1
                    let line = CartLineID(rawValue: number * 100 + next.version)
                    next.lines.append(
                        .init(id: line, variant: .test(next.version), quantity: 1, note: nil, unitPriceSeen: 1))
                    return .init(
                        state: next, key: key.map { (.test($0), .test("version \(next.version)")) }, value: next.version
                    )
                }
            }
        }
    }

    private static func lock(_ world: World, _ number: Int64, _ isLocked: Bool) {
        world.arrange { database in
            let lock = SimulatedDatabase.Lock.cart(CartID(rawValue: number))
            if isLocked { database.locks.insert(lock) } else { database.locks.remove(lock) }
        }
    }

    @Test func busyKeysLeaveTheirBatchAndArePolledTogether() throws {
        let (world, shop) = Self.world()
        world.arrange { database in
            for key in 1...5 { database.take(.test(key)) }
        }
        let busy = (1...5).map { Self.add(world, shop, Int64($0), key: $0) }
        let free = (6...10).map { Self.add(world, shop, Int64($0), key: $0) }
        world.driver.run()
        #expect(free.allSatisfy { $0.value?.done == 2 }, "in the same step: nothing waits in a batch")
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
        #expect(busy[..<3].allSatisfy { $0.value?.knownBody == "done elsewhere" })
        #expect(busy[3...].allSatisfy { $0.value?.done == 2 })
    }

    /// The cart's turn is not kept by who waits for a key: other changes of it go on.
    @Test func aCartGoesOnWhileAKeyIsWaitedFor() throws {
        let (world, shop) = Self.world()
        world.arrange { $0.take(.test(1)) }
        let waiting = Self.add(world, shop, 1, key: 1)
        world.driver.run()
        let other = Self.add(world, shop, 1, key: 2)
        world.driver.run()
        #expect(waiting.result == nil)
        #expect(other.value?.done == 2)
        world.arrange { $0.release(.test(1)) }
        #expect(world.driver.finish([waiting]))
        #expect(waiting.value?.done == 3, "decided anew on what is there")
    }

    @Test func aKeyThatStaysBusyIsInProgress() throws {
        let (world, shop) = Self.world()
        world.arrange { $0.take(.test(1)) }
        let task = Self.add(world, shop, 1, key: 1)
        #expect(world.driver.finish([task]))
        #expect(task.value?.isInProgress == true)
        #expect(world.driver.executor.now >= 10_000_000_000, "not before the waiting bound")
    }

    @Test func aCartThatIsLockedByHandStopsNobodyElse() throws {
        let (world, shop) = Self.world()
        Self.lock(world, 2, true)
        Self.lock(world, 3, true)
        let tasks = (1...4).map { Self.add(world, shop, Int64($0), key: $0) }
        world.driver.run()
        #expect(tasks[0].value?.done == 2 && tasks[3].value?.done == 2, "in the same step")
        world.driver.advance(.milliseconds(200))
        #expect(tasks[1].result == nil && tasks[2].result == nil)
        Self.lock(world, 2, false)
        #expect(world.driver.finish(tasks))
        #expect(tasks[1].value?.done == 2)
        #expect(tasks[2].error as? JournalError == .stuck, "surely nothing was done")
        #expect(world.driver.executor.now >= 1_000_000_000, "not before the waiting bound")
        #expect(world.look { $0.carts[CartID(rawValue: 3)]?.version } == 1)
        #expect(world.look { $0.keys[.test(3)] == nil })
    }

    /// A cart that is gone, or a membership that somebody is ending, is not looked for again in the same instant.
    @Test func whatIsNotThereIsDecidedAnewAfterAPause() throws {
        let (world, shop) = Self.world()
        let first = Self.add(world, shop, 1)
        world.driver.run()
        #expect(first.value?.done == 2)
        world.arrange { $0.carts[CartID(rawValue: 1)] = nil }
        let task = Self.add(world, shop, 1)
        world.driver.run()
        #expect(task.result == nil)
        #expect(world.look { $0.cartBatches.count } == 2)
        #expect(world.driver.finish([task]))
        #expect(task.value?.done == 2)
        #expect(world.look { $0.cartBatches.count } == 3)
    }

    /// What locks the cart may be the session of our own first try, which commits when it likes.
    @Test func aLockedCartInDoubtStaysUnknown() throws {
        let (world, shop) = Self.world()
        let first = Self.add(world, shop, 1)
        world.driver.run()
        #expect(first.value?.done == 2)
        world.arrange { $0.script = [.lostBefore] }
        let task = Self.add(world, shop, 1)
        world.driver.run()
        Self.lock(world, 1, true)
        #expect(world.driver.finish([task]))
        #expect(task.error as? JournalError == .unknownOutcome)
    }
}
