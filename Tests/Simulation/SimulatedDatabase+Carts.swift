// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: CartJournal {
    func find(_ owner: CartOwner) async throws(JournalError) -> CartState? {
        try await find(owner, by: nil)
    }

    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        try await load(owner, newID: newID, by: nil)
    }

    func save(_ writes: [CartWrite]) async throws(JournalError) -> [CartWriteOutcome] {
        try await save(writes, by: nil)
    }

    func find(_ owner: CartOwner, by client: ProcessLife?) async throws(JournalError) -> CartState? {
        cartLoads += 1
        let call = try await arrive(client)
        let cart = cartOf[owner].flatMap { carts[$0] }
        try await depart(call)
        return cart
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

    func save(_ writes: [CartWrite], by client: ProcessLife?) async throws(JournalError) -> [CartWriteOutcome] {
        cartBatches.append(writes.map(\.cart))
        let call = try await arrive(client)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(writes, lasting: lasting)
            }
            throw .unknownOutcome
        }
        let outcomes = try await transact(writes, lasting: nil)
        try await depart(call)
        return outcomes
    }

    /// `checkout.save_carts_v1`: each change is committed or nothing of it is, and none waits for anybody.
    private func transact(_ writes: [CartWrite], lasting: Int?) async throws(JournalError) -> [CartWriteOutcome] {
        var transaction = begin()
        defer { end(transaction) }
        trace.expect(Set(writes.map(\.cart)).count == writes.count, "a batch has a cart twice")
        let digests = writes.compactMap(\.key?.claim.digest)
        trace.expect(Set(digests).count == digests.count, "a batch has a key twice")
        if writes.contains(where: { poisonedCarts.contains($0.cart) }) { throw .data("as arranged") }
        var outcomes: [CartWriteOutcome] = []
        for write in writes { outcomes.append(claim(write, in: &transaction)) }
        for index in writes.indices.sorted(by: { writes[$0].cart < writes[$1].cart }) where outcomes[index] == .saved {
            outcomes[index] = compare(writes[index], in: &transaction)
        }
        // Who was saved when the batch was sent before is not written again.
        let fresh = zip(writes, outcomes).filter { write, outcome in
            outcome == .saved && carts[write.cart]?.version == write.expectedVersion
        }.map(\.0)
        await pause(lasting)
        try check(transaction)
        for write in fresh { commit(write) }
        return outcomes
    }

    private func claim(_ write: CartWrite, in transaction: inout Transaction) -> CartWriteOutcome {
        guard let key = write.key else { return .saved }
        guard tryLock(.key(key.claim.digest.lockKey), in: &transaction) else { return .keyBusy }
        guard let row = liveKey(key.claim.digest) else { return .saved }
        return row.answer.map { .known(fingerprint: row.fingerprint, answer: $0) } ?? .keyBusy
    }

    private func compare(_ write: CartWrite, in transaction: inout Transaction) -> CartWriteOutcome {
        let version = carts[write.cart]?.version
        guard version == write.expectedVersion else {
            let isOwn = version == write.expectedVersion + 1 && lastCartWrite[write.cart] == write.number
            return isOwn ? .saved : .moved(to: version)
        }
        return tryLock(.cart(write.cart), in: &transaction) ? .saved : .cartBusy
    }

    private func commit(_ write: CartWrite) {
        let before = carts[write.cart]
        apply(write)
        lastCartWrite[write.cart] = write.number
        if let before, let after = carts[write.cart] { judge(write, before, after) }
        if let key = write.key { keys[key.claim.digest] = finished(key.claim, key.answer) }
    }

    /// How a merge is decided once both carts are locked; nil leaves them as they are.
    typealias Merging = @Sendable (_ guest: CartState, _ account: CartState) -> CartMerge?

    /// Merges two carts as a log-in's transaction does: it locks both, looks, and writes both.
    ///
    /// - Returns: the carts that were written.
    func merge(
        _ guest: CartOwner, into account: CartOwner, newID: CartID, by client: ProcessLife?,
        _ decide: @escaping Merging
    ) async throws(JournalError) -> [CartID] {
        let call = try await arrive(client)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(guest, account, newID, lasting: lasting, decide)
            }
            throw .unknownOutcome
        }
        let merged = try await transact(guest, account, newID, lasting: nil, decide)
        try await depart(call)
        return merged
    }

    private func transact(
        _ guest: CartOwner, _ account: CartOwner, _ newID: CartID, lasting: Int?, _ decide: Merging
    ) async throws(JournalError) -> [CartID] {
        guard let from = cartOf[guest] else { return [] }
        let into = cartOf[account] ?? newID
        cartOf[account] = into
        carts[into] =
            carts[into] ?? CartState(id: into, owner: account, version: 1, lines: [], updatedAt: Timestamp(seconds: 0))
        var transaction = begin()
        defer { end(transaction) }
        for cart in [from, into].sorted() { try await lock(.cart(cart), in: &transaction) }
        guard let old = carts[from], let other = carts[into], let new = decide(old, other) else { return [] }
        await pause(lasting)
        try check(transaction)
        let before = units(in: [from, into])
        apply(CartWrite(number: 0, from: old, to: new.guest))
        apply(CartWrite(number: 0, from: other, to: new.account))
        trace.expect(before == units(in: [from, into]), "a merge of two carts lost or made units")
        return [from, into]
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
        for line in write.added + write.changed {
            if let index = cart.lines.firstIndex(where: { $0.id == line.id }) {
                cart.lines[index] = line
            } else {
                cart.lines.append(line)
            }
        }
        switch write.shippingAddress {
        case nil: break
        case .nowhere: cart.shippingAddress = nil
        case .to(let address): cart.shippingAddress = address
        }
        cart.version += 1
        carts[write.cart] = cart
        trace.note { "commit \(write.cart) version \(cart.version): \(cart.units.inWords)" }
    }

    /// Whether a change did what its client meant to the row as it was, and nothing else.
    private func judge(_ write: CartWrite, _ before: CartState, _ after: CartState) {
        let lines = write.added + write.changed
        guard lines.count == 1, write.removed.isEmpty, let tag = lines[0].note.flatMap({ Int($0) }),
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
