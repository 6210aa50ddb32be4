// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// Never two actors of one cart, however full a shard is (hot path rule 10).
@Suite struct CartDirectoryTests {
    private static func directory(_ world: World, atMost carts: Int, idle: Duration = .seconds(600)) -> CartDirectory {
        Shop(
            world.driver.executor, world.database, carts: CartLimits(activePerShard: carts, idle: idle), cartShards: 1
        ).carts
    }

    private static func owner(_ number: Int64) -> CartOwner { .user(UserID(rawValue: number)) }

    /// A cart that is lent until `give` is called, though nothing of it has reached the mailbox.
    private struct Lent {
        let actor: Pending<ObjectIdentifier>
        let end: Pending<Void>
        let give: () -> Void
    }

    private static func lend(_ world: World, _ carts: CartDirectory, _ number: Int64) -> Lent {
        let (actor, exchange) = (Pending<ObjectIdentifier>(), Exchange<Bool>())
        let end = world.driver.start {
            try await carts.withCart(of: owner(number)) { cart in
                actor.settle(.success(ObjectIdentifier(cart)))
                _ = await exchange.wait()
            }
        }
        world.driver.run()
        return Lent(actor: actor, end: end) { world.driver.executor.perform { exchange.settle(.success(true)) } }
    }

    /// In hands and not used yet, its mailbox is empty: whoever took that for idle made a twin of it.
    @Test func aCartInHandsIsNotDroppedByAFullShard() throws {
        let world = World()
        let carts = Self.directory(world, atMost: 2)
        let first = Self.lend(world, carts, 1)
        let second = Self.lend(world, carts, 2)
        let third = Self.lend(world, carts, 3)
        #expect(third.end.error as? MailboxError == .overloaded)
        let again = Self.lend(world, carts, 1)
        #expect(again.actor.value != nil && again.actor.value == first.actor.value, "one actor for one cart")
        second.give()
        world.driver.run()
        // The one that nobody has leaves for the third.
        let late = Self.lend(world, carts, 3)
        #expect(late.actor.value != nil)
        let active = try world.driver.ask { await carts.activeCount }
        #expect(active == 2)
        for lent in [first, again, late] { lent.give() }
        world.driver.run()
        #expect([first, second, again, late].allSatisfy { $0.end.result != nil })
    }

    @Test func aCartInHandsOutlivesItsIdleTime() throws {
        let world = World()
        let carts = Self.directory(world, atMost: 8, idle: .milliseconds(10))
        let lent = Self.lend(world, carts, 1)
        world.driver.advance(.seconds(1))
        try world.driver.ask { await carts.passivateIdle() }
        let again = Self.lend(world, carts, 1)
        #expect(again.actor.value != nil && again.actor.value == lent.actor.value)
        lent.give()
        again.give()
        world.driver.advance(.seconds(1))
        try world.driver.ask { await carts.passivateIdle() }
        let active = try world.driver.ask { await carts.activeCount }
        #expect(active == 0, "given back, it leaves")
    }

    @Test func aBodyThatThrowsGivesItsCartBack() throws {
        let world = World()
        let carts = Self.directory(world, atMost: 2)
        for number in Int64(1)...5 {
            #expect(throws: NoAnswer.self) {
                try world.driver.ask { try await carts.withCart(of: Self.owner(number)) { _ in throw NoAnswer() } }
            }
        }
    }

    /// Somebody else has committed a change: what memory says is behind until the cart is renewed.
    @Test func aRenewedCartReadsItsRowAgain() throws {
        let world = World()
        let carts = Self.directory(world, atMost: 2)
        let owner = Self.owner(1)
        let before = try world.driver.ask { try await Self.filled(carts, owner) }
        world.look { Self.empty($0, before) }
        let remembered = try world.driver.ask { try await Self.lines(carts, owner) }
        #expect(remembered == 1)
        let other = try world.driver.ask { try await Self.renewed(carts, CartID(rawValue: 99), owner) }
        #expect(other == 1)
        let renewed = try world.driver.ask { try await Self.renewed(carts, before, owner) }
        #expect(renewed == 0)
    }

    private static func filled(_ carts: CartDirectory, _ owner: CartOwner) async throws -> CartID {
        try await carts.withCart(of: owner) { cart in
            _ = try await cart.change(now: 1, addLine)
            return try await cart.read(now: 1).id
        }
    }

    private static func empty(_ database: isolated SimulatedDatabase, _ id: CartID) {
        guard var cart = database.carts[id] else { return }
        cart.version += 1
        cart.lines = []
        database.carts[id] = cart
    }

    private static func lines(_ carts: CartDirectory, _ owner: CartOwner) async throws -> Int {
        try await carts.withCart(of: owner) { cart in try await cart.read(now: 2).lines.count }
    }

    private static func renewed(_ carts: CartDirectory, _ id: CartID, _ owner: CartOwner) async throws -> Int {
        await carts.renew([id])
        return try await lines(carts, owner)
    }

    @Sendable private static func addLine(_ cart: CartState) -> CartActor.Change<Int> {
        var next = cart
        next.version += 1
        next.lines.append(
            .init(id: CartLineID(rawValue: 1), variant: .test(1), quantity: 1, note: nil, unitPriceSeen: 1))
        return .init(state: next, value: 0)
    }
}
