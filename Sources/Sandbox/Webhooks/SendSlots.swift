// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// So many at once; the others wait in order. Whoever waits is bounded by the events that wait.
///
/// - Isolation: an actor on its owner's loop.
final actor SendSlots: LoopActor {
    nonisolated let executor: LoopExecutor
    private var free: Int
    private var waiting: [LoopContinuation<Void>] = []

    init(executor: LoopExecutor, count: Int) {
        self.executor = executor
        free = count
    }

    /// Takes a slot, when one is free.
    func enter() async throws {
        // Decided inside the continuation: nothing may run between the decision and the parking.
        try await withLoopContinuation { continuation in
            if free > 0 {
                free -= 1
                continuation.resume()
            } else {
                waiting.append(continuation)
            }
        }
    }

    /// Gives it to the next in line, or back.
    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
