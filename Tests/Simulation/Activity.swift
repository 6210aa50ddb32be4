// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How much is not through yet outside of the processes; cheap to ask after every step.
final class Activity: Sendable {
    /// Tasks of buyers.
    let clients = Atomic<Int>(0)
    /// Deliveries of the provider that are to come.
    let deliveries = Atomic<Int>(0)
    /// Questions of the poller that are on their way.
    let polls = Atomic<Int>(0)

    /// Every client has its answers and every delivery was acknowledged.
    var isOver: Bool {
        clients.load(ordering: .relaxed) == 0 && deliveries.load(ordering: .relaxed) == 0
    }

    var isQuiet: Bool { isOver && polls.load(ordering: .relaxed) == 0 }
}

extension Atomic<Int> {
    func increase() { add(1, ordering: .relaxed) }
    func decrease() { subtract(1, ordering: .relaxed) }
}
