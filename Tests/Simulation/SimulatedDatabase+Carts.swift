// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: CartJournal {
    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        try await load(owner, newID: newID, by: nil)
    }

    func save(_ write: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        try await save(write, by: nil)
    }

    func save(_ first: CartWrite, _ second: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        try await save(first, second, by: nil)
    }

    func load(_ owner: CartOwner, newID: CartID, by client: ProcessLife?) async throws(JournalError) -> CartState {
        cartLoads += 1
        let call = try await arrive(client)
        let id = cartOf[owner] ?? newID
        cartOf[owner] = id
        let cart =
            carts[id] ?? CartState(id: id, owner: owner, version: 1, lines: [], updatedAt: Timestamp(seconds: 0))
        carts[id] = cart
        try await depart(call)
        return cart
    }

    func save(_ write: CartWrite, by client: ProcessLife?) async throws(JournalError) -> CartWriteOutcome {
        let call = try await arrive(client)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(write, lasting: lasting)
            }
            throw .unknownOutcome
        }
        let outcome = try await transact(write, lasting: nil)
        try await depart(call)
        return outcome
    }

    /// `checkout.save_cart_v1`.
    private func transact(_ write: CartWrite, lasting: Int?) async throws(JournalError) -> CartWriteOutcome {
        var transaction = begin()
        defer { end(transaction) }
        if let key = write.key {
            guard tryLock(.key(key.claim.digest.lockKey), in: &transaction) else { return .busy }
            if let row = liveKey(key.claim.digest) {
                guard let answer = row.answer else { return .busy }
                return .known(fingerprint: row.fingerprint, answer: answer)
            }
        }
        try await lock(.cart(write.cart), in: &transaction)
        guard carts[write.cart]?.version == write.expectedVersion else { return .moved }
        await pause(lasting)
        try check(transaction)
        let before = carts[write.cart]
        apply(write)
        if let before, let after = carts[write.cart] { judge(write, before, after) }
        if let key = write.key {
            keys[key.claim.digest] = finished(key.claim, key.answer)
        }
        return .saved
    }

    func save(
        _ first: CartWrite, _ second: CartWrite, by client: ProcessLife?
    ) async throws(JournalError) -> CartWriteOutcome {
        let call = try await arrive(client)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(first, second, lasting: lasting)
            }
            throw .unknownOutcome
        }
        let outcome = try await transact(first, second, lasting: nil)
        try await depart(call)
        return outcome
    }

    private func transact(
        _ first: CartWrite, _ second: CartWrite, lasting: Int?
    ) async throws(JournalError) -> CartWriteOutcome {
        var transaction = begin()
        defer { end(transaction) }
        for write in [first, second].sorted(by: { $0.cart < $1.cart }) {
            try await lock(.cart(write.cart), in: &transaction)
            guard carts[write.cart]?.version == write.expectedVersion else { return .moved }
        }
        await pause(lasting)
        try check(transaction)
        let before = units(in: [first.cart, second.cart])
        apply(first)
        apply(second)
        trace.expect(before == units(in: [first.cart, second.cart]), "a merge of two carts lost or made units")
        return .saved
    }

    private func units(in ids: [CartID]) -> [VariantID: Int] {
        var sums: [VariantID: Int] = [:]
        for id in ids {
            for line in carts[id]?.lines ?? [] { sums[line.variant, default: 0] += line.quantity }
        }
        return sums
    }

    private func apply(_ write: CartWrite) {
        guard var cart = carts[write.cart] else { return }
        cart.lines.removeAll { line in write.removed.contains(line.id) }
        for line in write.upserts {
            if let index = cart.lines.firstIndex(where: { $0.id == line.id }) {
                cart.lines[index] = line
            } else {
                cart.lines.append(line)
            }
        }
        cart.version += 1
        carts[write.cart] = cart
        trace.note { "commit \(write.cart) version \(cart.version): \(cart.units.inWords)" }
    }

    /// Whether a change did what its client meant to the row as it was, and nothing else.
    private func judge(_ write: CartWrite, _ before: CartState, _ after: CartState) {
        guard write.upserts.count == 1, write.removed.isEmpty, let tag = write.upserts[0].note.flatMap({ Int($0) }),
            let intent = intents[tag]
        else { return }
        cartWrites[tag, default: 0] += 1
        if write.key != nil {
            trace.expect(cartWrites[tag] == 1, "cart change \(tag) was made twice under its key")
        }
        var expected = before.units
        switch intent {
        case .add(let variant, let quantity): expected[variant, default: 0] += quantity
        case .set(let variant, let quantity): expected[variant] = quantity
        }
        trace.expect(
            after.units == expected, "cart change \(tag) made \(after.units.inWords) of \(before.units.inWords)")
    }
}

extension CartState {
    var units: [VariantID: Int] {
        lines.reduce(into: [:]) { $0[$1.variant, default: 0] += $1.quantity }
    }
}

extension [VariantID: Int] {
    /// In an order that does not depend on hashes.
    var inWords: String {
        sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }.joined(separator: ", ")
    }
}
