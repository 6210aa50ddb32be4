// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// How many batches several mailboxes may have in flight together: the connections that their handlers share.
///
/// - Isolation: on the executor of the mailboxes; one synchronous step each.
public final actor FlightGate: LoopActor {
    public nonisolated let executor: LoopExecutor
    private var free: Int
    private var waiting = Deque<@Sendable () -> Void>()

    /// Makes a gate with `places` free places, at least one.
    public init(executor: LoopExecutor, places: Int) {
        precondition(places > 0, "a gate without places")
        self.executor = executor
        free = places
    }

    /// Takes a place; when none is free, `whenFree` is called once one is, in the order of asking. It may enter or let it be.
    func enter(_ whenFree: @escaping @Sendable () -> Void) -> Bool {
        guard free == 0 else {
            free -= 1
            return true
        }
        waiting.append(whenFree)
        return false
    }

    /// Gives a place back.
    func leave() {
        free += 1
        // Who is called and does not enter leaves the place to the next.
        while free > 0, let next = waiting.popFirst() { next() }
    }
}
