// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: CartJournal {
    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        cartLoads += 1
        await pause()
        let cart =
            carts.values.first { $0.owner == owner }
            ?? CartState(id: newID, owner: owner, version: 1, lines: [], updatedAt: Timestamp(seconds: 0))
        carts[cart.id] = cart
        await pause()
        return cart
    }

    func save(_ write: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        let fault = nextFault()
        await pause()
        switch fault {
        case .none, .lostAfter, .lateCommit: break
        case .conflict: throw .conflict
        case .lostBefore: throw .unknownOutcome
        case .unavailable, .short, .stuck, .fault: throw .unavailable
        }
        if case .lateCommit(let milliseconds) = fault {
            _ = Task { try? await transact(write, lasting: milliseconds) }
            throw .unknownOutcome
        }
        let outcome = try await transact(write, lasting: nil)
        if fault == .lostAfter { throw .unknownOutcome }
        await pause()
        return outcome
    }

    private func transact(_ write: CartWrite, lasting: Int?) async throws(JournalError) -> CartWriteOutcome {
        running += 1
        var held: [Lock] = []
        defer {
            unlock(held)
            running -= 1
        }
        if let key = write.key {
            try await lock(.key(key.claim.digest.lockKey), into: &held)
            switch keys[key.claim.digest] {
            case .finished(let fingerprint, let answer)?: return .known(fingerprint: fingerprint, answer: answer)
            case .started?: throw .stuck
            case nil: break
            }
        }
        try await lock(.cart(write.cart), into: &held)
        guard carts[write.cart]?.version == write.expectedVersion else { return .moved }
        await pause(lasting)
        apply(write)
        if let key = write.key {
            keys[key.claim.digest] = .finished(fingerprint: key.claim.fingerprint, key.answer)
        }
        return .saved
    }

    func save(_ first: CartWrite, _ second: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        running += 1
        var held: [Lock] = []
        defer {
            unlock(held)
            running -= 1
        }
        for write in [first, second].sorted(by: { $0.cart < $1.cart }) {
            try await lock(.cart(write.cart), into: &held)
            guard carts[write.cart]?.version == write.expectedVersion else { return .moved }
        }
        await pause()
        apply(first)
        apply(second)
        return .saved
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
    }
}
