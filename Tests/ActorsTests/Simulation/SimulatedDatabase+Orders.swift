// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: OrderJournal {
    func place(_ orders: [PlaceOrder], lockingScarce: Bool) async throws(JournalError) -> PlacedBatch {
        if Set(orders.map(\.claim.digest)).count < orders.count || Set(orders.map(\.order.cart)).count < orders.count {
            violations.append("a batch with a key or a cart twice")
        }
        batches.append(Batch(orders: orders.map(\.order.id), lockingScarce: lockingScarce))
        let number = batches.count - 1
        do throws(JournalError) {
            let placed = try await send(orders, lockingScarce)
            batches[number].outcome = .success(placed.outcomes)
            return placed
        } catch {
            batches[number].outcome = .failure(error)
            throw error
        }
    }

    private func send(_ orders: [PlaceOrder], _ lockingScarce: Bool) async throws(JournalError) -> PlacedBatch {
        let fault = nextFault()
        await pause()
        switch fault {
        case .none, .lostAfter: break
        case .conflict: throw .conflict
        case .short: throw .short
        case .stuck: throw .stuck
        case .unavailable: throw .unavailable
        case .fault: throw .fault("as arranged")
        case .lostBefore: throw .unknownOutcome
        case .lateCommit(let milliseconds):
            _ = Task { try? await transact(orders, lockingScarce, lasting: milliseconds) }
            await pause(1)
            throw .unknownOutcome
        }
        let placed = try await transact(orders, lockingScarce, lasting: nil)
        await pause()
        if fault == .lostAfter { throw .unknownOutcome }
        return placed
    }

    /// One statement, from its first lock to its commit.
    private func transact(
        _ batch: [PlaceOrder], _ lockingScarce: Bool, lasting: Int?
    ) async throws(JournalError) -> PlacedBatch {
        running += 1
        var held: [Lock] = []
        defer {
            unlock(held)
            running -= 1
        }
        var outcomes = [PlaceOutcome](repeating: .placed, count: batch.count)
        claim(batch, &outcomes, &held)
        let newKeys = try await takeCarts(batch, &outcomes, &held)
        if lockingScarce {
            let wanted = Set(live(batch, outcomes).flatMap { $0.order.lines.map(\.variant) })
            for variant in wanted.sorted() where stock[variant] != nil { try await lock(.stock(variant), into: &held) }
        }
        judge(batch, &outcomes)
        if let bad = live(batch, outcomes).first(where: { poisoned.contains($0.order.id) }) {
            throw .data("23514 \(bad.order.id)")
        }
        await pause(lasting)
        var sums: [VariantID: (units: Int, offer: Int64)] = [:]
        for line in live(batch, outcomes).flatMap(\.order.lines) {
            sums[line.variant] = ((sums[line.variant]?.units ?? 0) + line.quantity, line.offerVersion)
        }
        for variant in sums.keys.sorted() where !held.contains(.stock(variant)) {
            try await lock(.stock(variant), into: &held)
        }
        for (variant, sum) in sums {
            guard let row = stock[variant], row.available >= sum.units, row.sellable, row.offerVersion == sum.offer
            else {
                throw .short
            }
        }
        await pause()
        commit(live(batch, outcomes), sums.mapValues(\.units), newKeys)
        let touched = Set(batch.flatMap { $0.order.lines.map(\.variant) })
        let judged = zip(batch, outcomes).flatMap { order, outcome -> [VariantID] in
            if case .refused = outcome { order.order.lines.map(\.variant) } else { [] }
        }
        let rows = touched.filter { sums[$0] != nil || judged.contains($0) }.compactMap { stock[$0] }
        return PlacedBatch(outcomes: outcomes, stock: rows)
    }

    private func live(_ batch: [PlaceOrder], _ outcomes: [PlaceOutcome]) -> [PlaceOrder] {
        zip(batch, outcomes).filter { $0.1 == .placed }.map(\.0)
    }

    private func claim(_ batch: [PlaceOrder], _ outcomes: inout [PlaceOutcome], _ held: inout [Lock]) {
        for (index, order) in batch.enumerated() {
            let lock = Lock.key(order.claim.digest.lockKey)
            guard !locks.contains(lock) else {
                outcomes[index] = .busy
                continue
            }
            locks.insert(lock)
            held.append(lock)
            switch keys[order.claim.digest] {
            case .started?: outcomes[index] = .busy
            case .finished(let fingerprint, let answer)?:
                outcomes[index] = .known(fingerprint: fingerprint, answer: answer)
            case nil: break
            }
        }
    }

    /// Returns the keys of orders that were made before under another key.
    private func takeCarts(
        _ batch: [PlaceOrder], _ outcomes: inout [PlaceOutcome], _ held: inout [Lock]
    ) async throws(JournalError) -> [Hash32: KeyState] {
        for order in live(batch, outcomes).sorted(by: { $0.order.cart < $1.order.cart }) {
            try await lock(.cart(order.order.cart), into: &held)
        }
        var newKeys: [Hash32: KeyState] = [:]
        for (index, order) in batch.enumerated() where outcomes[index] == .placed {
            if carts[order.order.cart]?.version == order.order.cartVersion { continue }
            let twin = orders.values.first {
                $0.order.cart == order.order.cart && $0.order.cartVersion == order.order.cartVersion
                    && $0.claim.fingerprint == order.claim.fingerprint
            }
            if let twin {
                outcomes[index] = .sameCartOrder(twin.order.id, twin.answer)
                newKeys[order.claim.digest] = .finished(fingerprint: order.claim.fingerprint, twin.answer)
            } else {
                outcomes[index] = .cartMoved
            }
        }
        return newKeys
    }

    /// Greedy, in order, on what is committed now.
    private func judge(_ batch: [PlaceOrder], _ outcomes: inout [PlaceOutcome]) {
        var left = stock.mapValues(\.available)
        for (index, order) in batch.enumerated() where outcomes[index] == .placed {
            var refusals: [LineRefusal] = []
            var after = left
            for line in order.order.lines {
                let available = after[line.variant] ?? 0
                let reason: LineRefusal.Reason? =
                    switch stock[line.variant] {
                    case nil: .insufficientStock
                    case let row? where !row.sellable: .sellerUnavailable
                    case let row? where row.offerVersion != line.offerVersion: .priceChanged
                    default: available < line.quantity ? .insufficientStock : nil
                    }
                if let reason {
                    refusals.append(
                        LineRefusal(
                            variant: line.variant, reason: reason, requested: line.quantity, available: available))
                } else {
                    after[line.variant] = available - line.quantity
                }
            }
            if refusals.isEmpty {
                left = after
            } else {
                outcomes[index] = .refused(refusals)
            }
        }
    }

    private func commit(_ placed: [PlaceOrder], _ sums: [VariantID: Int], _ newKeys: [Hash32: KeyState]) {
        for order in placed {
            if orders[order.order.id] != nil { violations.append("\(order.order.id) was inserted twice") }
            orders[order.order.id] = order
            keys[order.claim.digest] = .finished(fingerprint: order.claim.fingerprint, order.answer)
            carts[order.order.cart]?.version += 1
            carts[order.order.cart]?.lines = []
        }
        for (digest, state) in newKeys { keys[digest] = state }
        for (variant, units) in sums { change(variant) { $0.reserved += units } }
    }
}
