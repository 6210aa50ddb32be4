// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

/// What goes wrong in a world besides single statements, and when.
struct Nemesis: Sendable {
    let cluster: Cluster
    let database: SimulatedDatabase
    let hints: SimulatedHints
    let dice: Dice
    let trace: Trace
    let variants: [VariantID]
    /// Whether prices, sellers and stock may change under the buyers.
    let changesGoods: Bool

    /// Something happens; what is undone later undoes itself.
    func strike() {
        switch dice.below(changesGoods ? 11 : 6) {
        case 0, 1: crashProcess()
        case 2: crashDatabase()
        case 3: jump()
        case 4: hints.flush()
        case 5:
            hints.set(up: false, lossPerMille: 0)
            later(dice.number(20...200)) { hints.set(up: true, lossPerMille: 200) }
        case 6: changePrice()
        case 7: suspend()
        case 8, 9: addStock()
        default: sellElsewhere()
        }
    }

    private func crashProcess() {
        let slot = dice.below(cluster.count)
        cluster.crash(slot)
        later(dice.number(1...60)) { cluster.start(slot) }
    }

    private func crashDatabase() {
        trace.note { "the database dies" }
        database.assumeIsolated { $0.crash() }
        later(dice.number(5...80)) {
            trace.note { "the database starts" }
            database.assumeIsolated { $0.start() }
        }
    }

    private func jump() {
        let seconds = dice.pick([1, 5, 20, 120])
        trace.note { "the clock jumps \(seconds) s forward" }
        cluster.executor.jump(by: .seconds(seconds))
    }

    private func changePrice() {
        let variant = dice.pick(variants)
        let more = Int64(dice.number(1...20))
        database.assumeIsolated { database in
            guard var offer = database.offers[variant] else { return }
            offer.price += more
            offer.version += 1
            database.offers[variant] = offer
            let version = offer.version
            database.change(variant) { $0.offerVersion = version }
        }
        trace.note { "a seller changes the price of \(variant)" }
        notify(variant)
    }

    private func suspend() {
        let variant = dice.pick(variants)
        set(variant, sellable: false)
        later(dice.number(10...200)) { set(variant, sellable: true) }
    }

    private func set(_ variant: VariantID, sellable: Bool) {
        database.assumeIsolated { database in
            guard var offer = database.offers[variant] else { return }
            offer.version += 1
            database.offers[variant] = offer
            let version = offer.version
            database.change(variant) { row in
                row.sellable = sellable
                row.offerVersion = version
            }
        }
        trace.note { "the seller of \(variant) \(sellable ? "sells again" : "is suspended")" }
        notify(variant)
    }

    private func addStock() {
        let (variant, units) = (dice.pick(variants), dice.number(1...3))
        database.assumeIsolated { database in
            guard !database.locks.contains(.stock(variant)) else { return }
            database.change(variant) { $0.onHand += units }
        }
        trace.note { "\(units) more of \(variant)" }
        notify(variant)
    }

    /// Units leave the warehouse by another program.
    private func sellElsewhere() {
        let variant = dice.pick(variants)
        database.assumeIsolated { database in
            guard !database.locks.contains(.stock(variant)), let row = database.stock[variant], row.available > 0
            else { return }
            database.change(variant) { $0.onHand -= 1 }
        }
        trace.note { "one of \(variant) is sold elsewhere" }
    }

    /// Some processes hear of it.
    private func notify(_ variant: VariantID) {
        for process in cluster.processes where dice.chance(perMille: 500) {
            _ = Task { await process.hear(ofChange: variant) }
        }
    }

    private func later(_ milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        _ = cluster.executor.schedule(after: .milliseconds(milliseconds), body)
    }
}
