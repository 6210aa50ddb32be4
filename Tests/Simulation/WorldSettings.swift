// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// How big a world is and how badly it is treated, drawn from its seed.
struct WorldSettings: Sendable {
    let processes: Int
    let buyers: Int
    let isFlashSale: Bool
    let variants: [VariantID]
    let units: [Int]
    let plan: BuyerPlan
    let delays: ClosedRange<Int>
    let chances: [(fault: SimulatedDatabase.Fault, perMille: Int)]
    let lockTimeout: Int
    let failuresPerMille: Int
    /// Milliseconds.
    let faultsEnd: Int
    let strikes: Int
    let isInOrder: Bool
    /// One process that nothing happens to: its memory can be compared with the rows at any moment.
    let isCalm: Bool
    let checkEvery: Int
    let limits: ProcessLimits

    init(_ dice: Dice) {
        processes = dice.pick([1, 2, 2, 2, 2, 2, 2, 3])
        isFlashSale = dice.chance(perMille: 250)
        buyers = isFlashSale ? dice.number(3...9) : dice.number(2...4)
        variants = (1...(isFlashSale ? 1 : dice.number(2...3))).map { VariantID(rawValue: Int64($0)) }
        units = variants.map { _ in dice.number(1...6) }
        plan = BuyerPlan(
            rounds: isFlashSale ? 1 : dice.number(1...3), variants: variants, isFlashSale: isFlashSale,
            ttl: isFlashSale ? .seconds(900) : dice.pick([.milliseconds(80), .milliseconds(400), .seconds(900)]))
        // Mostly quick, so that much happens; sometimes slower than a refusal's ground may be old.
        delays = 0...dice.pick([0, 1, 1, 2, 2, 3, 4, 40])
        let level = dice.pick([0, 1, 1, 2, 2, 3])
        chances = Self.chances.map { (fault: $0.fault, perMille: $0.perMille * level) }
        lockTimeout = dice.pick([8, 20, 50])
        failuresPerMille = level * 25
        faultsEnd = dice.number(100...900)
        isCalm = level == 0 && processes == 1
        strikes = level == 0 ? 0 : dice.number(0...5)
        isInOrder = dice.chance(perMille: 400)
        checkEvery = dice.pick([1, 4, 16])
        limits = Self.limits(dice)
    }

    /// Of a thousand statements, in a world that is treated mildly.
    private static let chances: [(fault: SimulatedDatabase.Fault, perMille: Int)] = [
        (.lostBefore, 20), (.lostAfter, 30), (.lateCommit(60), 20), (.lateStart(60), 15), (.conflict, 20), (.short, 15),
        (.stuck, 10), (.unavailable, 20), (.slowReply(600), 30),
    ]

    func strikeTimes(_ dice: Dice) -> [Int] {
        (0..<strikes).map { _ in dice.number(0...faultsEnd) }
    }

    private static func limits(_ dice: Dice) -> ProcessLimits {
        var limits = ProcessLimits()
        limits.orders.waiting = .milliseconds(dice.pick([50, 500, 10_000]))
        limits.orders.batch = dice.pick([1, 2, 4, 128])
        limits.orders.inFlight = dice.pick([1, 2, 3])
        limits.orderShards = dice.pick([1, 1, 2])
        limits.payments.batch = dice.pick([1, 4, 128])
        limits.paymentShards = dice.pick([1, 2])
        limits.inventory.freshness = .milliseconds(dice.pick([20, 250]))
        limits.keys.waiting = .milliseconds(dice.pick([50, 10_000]))
        if dice.chance(perMille: 250) {
            limits.orders.capacity = dice.number(1...3)
            limits.payments.capacity = dice.number(1...3)
            limits.inventory.parkedPerVariant = dice.number(1...2)
            limits.keys.waitersPerKey = 1
            limits.carts.activePerShard = dice.number(2...3)
            limits.refusalsWaiting = 1
        }
        limits.carts.idle = .milliseconds(dice.pick([1, 100, 600_000]))
        // Few wait here: halves of two and more, or of none.
        limits.orders.halvedFrom = dice.pick([1, 2, 16])
        limits.payments.halvedFrom = dice.pick([1, 2, 16])
        limits.carts.writes.halvedFrom = dice.pick([1, 2, 16])
        return limits
    }
}
