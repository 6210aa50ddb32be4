// SPDX-License-Identifier: Apache-2.0

/// Entities by their id, in the order they were made.
struct Shelf<Entity: Sendable>: Sendable {
    private var entities: [String: Entity] = [:]
    /// Ids in order; those that were removed stay until there are as many as others.
    private var order: [String] = []

    /// How many there are.
    var count: Int { entities.count }

    /// An entity that is there already is changed in place; a new one comes last.
    subscript(id: String) -> Entity? {
        get { entities[id] }
        set {
            guard let newValue else { return remove(id) }
            if entities.updateValue(newValue, forKey: id) == nil { order.append(id) }
        }
    }

    /// The newest comes first, as in the provider's lists.
    var newestFirst: some Sequence<Entity> {
        order.lazy.reversed().compactMap { entities[$0] }
    }

    /// Removes the oldest until one more fits.
    mutating func makeRoom(in limit: Int) {
        while entities.count >= limit, let oldest = order.first(where: { entities[$0] != nil }) { remove(oldest) }
    }

    private mutating func remove(_ id: String) {
        guard entities.removeValue(forKey: id) != nil else { return }
        if order.count >= 2 * entities.count + 64 { order.removeAll { entities[$0] == nil } }
    }
}
