// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// Who gets the units when there are fewer than buyers.
@Suite struct OrderActorTests {
    /// Two processes see the same units; only the database knows who was first.
    @Test(arguments: [1, 2], [1, 20, 128])
    func twoHundredBuyersForHundredUnitsEndAtExactlyHundred(processes: Int, batch: Int) {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 100)
            for cart in 1...200 { database.openCart(Int64(cart)) }
            database.delays = 0...3
        }
        let shops = (0..<processes).map { world.shop(orders: .init(batch: batch), process: Int64($0) + 1) }
        let tasks = (1...200).map { world.place(shops[$0 % processes], .test($0)) }
        #expect(world.driver.finish(tasks))
        #expect(tasks.filter { $0.value?.isPlaced == true }.count == 100)
        #expect(tasks.filter { $0.value?.isInsufficient == true }.count == 100)
        #expect(world.look { $0.stock[.test(1)]?.available } == 0)
        for shop in shops { world.expectSound(shop) }
    }

    /// The rule's own number: half of the buyers are in a batch that fails, and the units they held go to those who wait.
    @Test func unitsOfOrdersThatFailGoToThoseWhoWait() {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 100)
            for cart in 1...200 { database.openCart(Int64(cart)) }
            database.delays = 1...3
            database.poisoned = Set((1...10).map { OrderID(rawValue: $0) })
        }
        let shop = world.shop()
        let tasks = world.place(shop, (1...200).map { .test($0) })
        #expect(world.driver.finish(tasks))
        #expect(tasks.filter { $0.value?.isPlaced == true }.count == 100)
        #expect(tasks.filter { $0.value?.isInsufficient == true }.count == 90)
        #expect(tasks.filter { $0.error is JournalError }.count == 10)
        world.expectSound(shop)
    }

    @Test func anOrderHasAllItsLinesOrNone() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 10)
            database.put(.test(2), onHand: 3)
            for cart in 1...10 { database.openCart(Int64(cart)) }
        }
        let shop = world.shop()
        let tasks = world.place(shop, (1...10).map { .test($0, [(1, 1), (2, 1)]) })
        #expect(world.driver.finish(tasks))
        #expect(tasks.filter { $0.value?.isPlaced == true }.count == 3)
        #expect(tasks.filter { $0.value?.isInsufficient == true }.count == 7)
        #expect(world.look { $0.stock[.test(1)]?.available } == 7)
        #expect(world.look { $0.stock[.test(2)]?.available } == 0)
        world.expectSound(shop)
    }

    @Test func aVariantTwiceInAnOrderCountsOnce() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 3)
            for cart in 1...2 { database.openCart(Int64(cart)) }
        }
        let shop = world.shop()
        let first = try world.result(shop, .test(1, [(1, 2), (1, 2)]))
        #expect(first.isInsufficient)
        #expect(world.look { $0.batches.isEmpty }, "the sum of both lines is refused from memory")
        #expect(try world.result(shop, .test(2, [(1, 2), (1, 1)])) == .placed)
        world.expectSound(shop)
    }

    /// Checked between any two jobs, over interleavings drawn from seeds.
    @Test(arguments: 1...20)
    func holdsAreWhatLiveOrdersWant(seed: UInt64) {
        let world = World(seed: seed)
        world.arrange { database in
            for variant in 1...4 { database.put(.test(Int64(variant)), onHand: 6) }
            for cart in 1...30 { database.openCart(Int64(cart)) }
            database.delays = 0...4
            database.chances = [(.lostAfter, 100), (.lostBefore, 100), (.conflict, 100), (.short, 100)]
            database.poisoned = [OrderID(rawValue: 3)]
        }
        let shop = world.shop(orders: .init(capacity: 20, batch: 4))
        nonisolated(unsafe) var uneven = 0
        let executor = world.driver.executor
        world.driver.betweenJobs = {
            let held = shop.inventory.assumeIsolated { $0.unitsHeld }
            if shop.orders.assumeIsolated({ $0.liveUnits }) != held { uneven += 1 }
        }
        let tasks = world.place(
            shop, (1...30).map { .test($0, [(Int64($0 % 4 + 1), $0 % 3 + 1), (5 - Int64($0 % 4), 1)].merged) })
        #expect(world.driver.finish(tasks), "at \(executor.now)")
        #expect(uneven == 0)
        world.expectSound(shop)
    }

    @Test func aFullMailboxRefusesAndHoldsNothing() {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 100)
            for cart in 1...20 { database.openCart(Int64(cart)) }
            database.delays = 5...5
        }
        let shop = world.shop(orders: .init(capacity: 4, batch: 2, inFlight: 1))
        let tasks = world.place(shop, (1...20).map { .test($0) })
        world.driver.run()
        world.driver.advance(.milliseconds(11))
        #expect(world.held(shop) == 4 || world.held(shop) == 6)
        #expect(world.driver.finish(tasks))
        #expect(tasks.filter { $0.error as? MailboxError == .overloaded }.count >= 14)
        #expect(tasks.allSatisfy { $0.value?.isPlaced == true || $0.error as? MailboxError == .overloaded })
        world.expectSound(shop)
    }

    @Test func theCartDecidesWhichVersionIsOrdered() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 10)
            database.openCart(1)
        }
        let shop = world.shop()
        #expect(try world.result(shop, .test(1, cart: 1, cartVersion: 2)) == .cartMoved)
        #expect(try world.result(shop, .test(2, cart: 1)) == .placed)
        // The same request under another key, as after a client lost its key.
        #expect(
            try world.result(shop, .test(3, cart: 1, key: 3, fingerprint: 2))
                == .sameCartOrder(OrderID(rawValue: 2), .test("order 2", status: 200)))
        #expect(try world.result(shop, .test(4, cart: 1)) == .cartMoved)
        #expect(
            try world.result(shop, .test(5, cart: 1, key: 3, fingerprint: 2))
                == .known(fingerprint: .test(2, 2), answer: .test("order 2", status: 200)))
        world.expectSound(shop)
    }

    /// Rules 3 and 8: two of one key or of one cart in a transaction would wait for themselves or apply in no order.
    @Test func oneKeyAndOneCartFlyOnceAtATime() {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 10)
            for cart in 1...3 { database.openCart(Int64(cart)) }
            database.delays = 5...5
        }
        let shop = world.shop()
        let orders: [PlaceOrder] = [
            .test(1, cart: 1, key: 1), .test(2, cart: 2, key: 1), .test(3, cart: 1, key: 3), .test(4, cart: 3, key: 4),
        ]
        let tasks = world.place(shop, orders)
        #expect(world.driver.finish(tasks))
        #expect(tasks[0].value == .placed)
        #expect(tasks[1].value == .known(fingerprint: .test(1, 2), answer: .test("order 1", status: 201)))
        #expect(tasks[2].value == .cartMoved)
        #expect(tasks[3].value == .placed)
        #expect(world.look { $0.batches.map { $0.orders.map(\.rawValue) } } == [[1, 4], [2, 3]])
        world.expectSound(shop)
    }

    @Test func shutDownAnswersWhatIsQueuedAndTakesNoMore() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 10)
            for cart in 1...6 { database.openCart(Int64(cart)) }
            database.delays = 5...5
        }
        let shop = world.shop(orders: .init(batch: 2, inFlight: 1))
        let tasks = world.place(shop, (1...5).map { .test($0) })
        world.driver.advance(.milliseconds(12))
        let closing = world.driver.start { try await shop.orders.shutDown() }
        world.driver.run()
        let late = world.place(shop, .test(6))
        #expect(world.driver.finish([late]))
        #expect(late.error as? MailboxError == .closed)
        #expect(closing.result == nil)
        #expect(world.driver.finish(tasks))
        world.driver.run()
        #expect(tasks.allSatisfy { $0.value?.isPlaced == true })
        #expect(closing.result != nil)
        world.expectSound(shop)
    }
}

extension [(Int64, Int)] {
    /// Each variant once, in order, as orders are made.
    var merged: [(variant: Int64, quantity: Int)] {
        Dictionary(map { ($0.0, $0.1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
