// SPDX-License-Identifier: Apache-2.0
import Actors
import Synchronization

/// Which actor is in use for each cart of a process.
final class CartsInUse: Sendable {
    private let state = Mutex<[CartOwner: (actor: ObjectIdentifier, uses: Int)]>([:])

    /// Notes a use; false when another actor of the same cart is in use.
    func begin(_ owner: CartOwner, _ cart: CartActor) -> Bool {
        let actor = ObjectIdentifier(cart)
        return state.withLock { state in
            let known = state[owner]
            state[owner] = (actor, (known?.uses ?? 0) + 1)
            return known.map { $0.actor == actor } ?? true
        }
    }

    func end(_ owner: CartOwner) {
        state.withLock { state in
            guard let known = state[owner] else { return }
            state[owner] = known.uses > 1 ? (known.actor, known.uses - 1) : nil
        }
    }
}
