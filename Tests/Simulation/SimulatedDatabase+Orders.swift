// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: OrderJournal {
    func place(_ orders: [PlaceOrder], check: StockCheck) async throws(JournalError) -> PlacedBatch {
        try await place(orders, check: check, by: nil)
    }

    func place(
        _ orders: [PlaceOrder], check: StockCheck, by client: ProcessLife?
    ) async throws(JournalError) -> PlacedBatch {
        if Set(orders.map(\.claim.digest)).count < orders.count || Set(orders.map(\.order.cart)).count < orders.count {
            trace.violate("a batch with a key or a cart twice")
        }
        batches.append(Batch(orders: orders.map(\.order.id), check: check))
        let number = batches.count - 1
        do throws(JournalError) {
            let placed = try await send(orders, check, client)
            batches[number].outcome = .success(placed.outcomes)
            return placed
        } catch {
            batches[number].outcome = .failure(error)
            trace.note { "batch \(number) of \(orders.map(\.order.id)): \(error)" }
            throw error
        }
    }

    private func send(
        _ orders: [PlaceOrder], _ check: StockCheck, _ client: ProcessLife?
    ) async throws(JournalError) -> PlacedBatch {
        let call = try await arrive(client, canRunShort: true)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(orders, check, lasting: lasting)
            }
            await pause(1)
            throw .unknownOutcome
        }
        let placed = try await transact(orders, check, lasting: nil)
        try await depart(call)
        return placed
    }

    /// `checkout.place_v5`: one statement, from its first lock to its commit.
    private func transact(
        _ batch: [PlaceOrder], _ asked: StockCheck, lasting: Int?
    ) async throws(JournalError) -> PlacedBatch {
        var transaction = begin()
        defer { end(transaction) }
        var outcomes = [PlaceOutcome?](repeating: nil, count: batch.count)
        let late = batch.indices.filter { batch[$0].order.reservedUntil.microseconds <= Int64(now / 1000) }
        claim(batch, late, &outcomes, &transaction)
        let newKeys = try await takeCarts(batch, late, &outcomes, &transaction)
        func live() -> [PlaceOrder] {
            batch.indices.filter { outcomes[$0] == nil && !late.contains($0) }.map { batch[$0] }
        }
        if asked == .locking {
            let wanted = Set(live().flatMap { $0.order.lines.map(\.variant) })
            for variant in wanted.sorted() where stock[variant] != nil {
                try await lock(.stock(variant), in: &transaction)
            }
        }
        if asked != .atUpdate { judge(batch, late, &outcomes) }
        if let bad = live().first(where: { poisoned.contains($0.order.id) }) {
            throw .data("23514 \(bad.order.id)")
        }
        await pause(lasting)
        try check(transaction)
        let sums = try await guardStock(live(), &transaction)
        await pause()
        try check(transaction)
        commit(live(), sums, newKeys)
        // Rows of placed orders after the update, rows that refusals were judged on, as they are.
        let refused = batch.indices.filter { if case .refused? = outcomes[$0] { true } else { false } }
        let judged = Set(refused.flatMap { batch[$0].order.lines.map(\.variant) }).union(sums.keys)
        let rows = judged.sorted().compactMap { stock[$0] }
        // The store takes an order's own wrong figures for a failure of the batch, whose other orders are committed.
        if !late.isEmpty { throw .data("place_v5 refuses an order's own figures (code 8)") }
        return PlacedBatch(outcomes: outcomes.map { $0 ?? .placed }, stock: rows)
    }

    private func claim(
        _ batch: [PlaceOrder], _ late: [Int], _ outcomes: inout [PlaceOutcome?], _ transaction: inout Transaction
    ) {
        for index in batch.indices where !late.contains(index) {
            let digest = batch[index].claim.digest
            guard tryLock(.key(digest.lockKey), in: &transaction) else {
                outcomes[index] = .busy
                continue
            }
            guard let row = liveKey(digest) else { continue }
            outcomes[index] = row.answer.map { .known(fingerprint: row.fingerprint, answer: $0) } ?? .busy
        }
    }

    /// Returns the keys of orders that were made before under another key.
    private func takeCarts(
        _ batch: [PlaceOrder], _ late: [Int], _ outcomes: inout [PlaceOutcome?], _ transaction: inout Transaction
    ) async throws(JournalError) -> [Hash32: KeyRow] {
        let open = batch.indices.filter { outcomes[$0] == nil && !late.contains($0) }
        for index in open.sorted(by: { batch[$0].order.cart < batch[$1].order.cart }) {
            try await lock(.cart(batch[index].order.cart), in: &transaction)
        }
        var newKeys: [Hash32: KeyRow] = [:]
        for index in open {
            let (claim, order) = (batch[index].claim, batch[index].order)
            if carts[order.cart]?.version == order.cartVersion { continue }
            guard let twin = twin(of: order.cart, order.cartVersion, claim.fingerprint) else {
                outcomes[index] = .cartMoved
                continue
            }
            if let answer = liveKey(twin.placed.claim.digest)?.answer {
                let again = StoredAnswer(status: 200, fields: answer.fields, body: answer.body)
                outcomes[index] = .sameCartOrder(twin.order.id, again)
                newKeys[claim.digest] = finished(claim, again)
            } else {
                outcomes[index] = .sameCartOrder(twin.order.id, nil)
            }
        }
        return newKeys
    }

    /// The order that the same request made of a cart's version.
    func twin(of cart: CartID, _ version: Int64, _ fingerprint: Hash32) -> OrderRow? {
        guard let id = orderOfCart[CartVersion(cart: cart, version: version)], let row = orders[id],
            row.placed.claim.fingerprint == fingerprint
        else { return nil }
        return row
    }

    /// Greedy, in order, on what is committed now.
    private func judge(_ batch: [PlaceOrder], _ late: [Int], _ outcomes: inout [PlaceOutcome?]) {
        var left: [VariantID: Int] = [:]
        for index in batch.indices where outcomes[index] == nil && !late.contains(index) {
            var refusals: [LineRefusal] = []
            var after = left
            for line in batch[index].order.lines {
                let row = stock[line.variant]
                let available = after[line.variant] ?? row?.available ?? 0
                let reason: LineRefusal.Reason? =
                    switch row {
                    case nil: .insufficientStock
                    case let row? where !row.sellable: .sellerUnavailable
                    case let row? where row.offerVersion != line.offerVersion: .priceChanged
                    default: available < line.quantity ? .insufficientStock : nil
                    }
                if let reason {
                    refusals.append(
                        LineRefusal(
                            variant: line.variant, reason: reason, requested: line.quantity,
                            available: max(0, available)))
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

    /// The last update: rows locked in order, guarded.
    private func guardStock(
        _ placed: [PlaceOrder], _ transaction: inout Transaction
    ) async throws(JournalError) -> [VariantID: Int] {
        var sums: [VariantID: (units: Int, offers: Set<Int64>)] = [:]
        for line in placed.flatMap(\.order.lines) {
            sums[line.variant, default: (0, [])].units += line.quantity
            sums[line.variant]?.offers.insert(line.offerVersion)
        }
        for variant in sums.keys.sorted() { try await lock(.stock(variant), in: &transaction) }
        for (variant, sum) in sums {
            guard let row = stock[variant], row.available >= sum.units, row.sellable, sum.offers == [row.offerVersion]
            else { throw .short }
        }
        return sums.mapValues(\.units)
    }

    private func commit(_ placed: [PlaceOrder], _ sums: [VariantID: Int], _ newKeys: [Hash32: KeyRow]) {
        for order in placed { insert(order) }
        for (digest, row) in newKeys { keys[digest] = row }
        for (variant, units) in sums { change(variant) { $0.reserved += units } }
    }

    private func insert(_ placed: PlaceOrder) {
        let (claim, order) = (placed.claim, placed.order)
        trace.note { "commit \(order.id) of \(order.cart) version \(order.cartVersion)" }
        trace.expect(orders[order.id] == nil, "\(order.id) was inserted twice")
        let lines = order.lines.reduce(0) { $0 + $1.total }
        trace.expect(
            lines == order.total && order.sellerOrders.reduce(0) { $0 + $1.total } == order.total,
            "\(order.id) does not add up")
        if let other = orderOfKey[claim.digest], other.until > now {
            trace.violate("one key made \(other.order) and \(order.id)")
        }
        orderOfKey[claim.digest] = (order.id, expiry(claim.retention))
        let source = CartVersion(cart: order.cart, version: order.cartVersion)
        if let other = orderOfCart[source] {
            trace.violate("\(order.cart) version \(order.cartVersion) became \(other) and \(order.id)")
        }
        orderOfCart[source] = order.id
        let until = UInt64(max(0, order.reservedUntil.microseconds)) * 1000
        orders[order.id] = OrderRow(placed: placed, reservedUntil: until)
        reservations[order.id] = ReservationRow(
            expires: until, units: order.lines.map { ($0.variant, $0.quantity) })
        publish("order.created", "order \(order.id)", 1)
        keys[claim.digest] = finished(claim, placed.answer)
        carts[order.cart]?.version += 1
        carts[order.cart]?.lines = []
    }
}
