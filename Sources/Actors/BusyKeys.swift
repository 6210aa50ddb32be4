// SPDX-License-Identifier: Apache-2.0
internal import MarketCore
internal import UVRuntime

/// Polls the keys that other processes hold: one read per tick for all of them, never a wait inside a batch (rule 3).
///
/// - Isolation: an actor on the loop of whose keys it polls.
final actor BusyKeys: LoopActor {
    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let journal: any KeyReader
    private var waiting: [Waiter] = []
    private var ticking = false

    private struct Waiter {
        let digest: Hash32
        let due: UInt64
        let continuation: LoopContinuation<KeyState?>
    }

    /// Between two reads of the process, whatever the number of keys.
    private static let tick = Duration.milliseconds(5)
    /// A key's own pauses: 5, 10, 20 … 100 ms.
    private static let pauseMax: UInt64 = 100

    init(executor: LoopExecutor, clock: any LoopClock, journal: any KeyReader) {
        self.executor = executor
        self.clock = clock
        self.journal = journal
    }

    /// Waits a while and reads the key; nil when no finished row is there, so that who waits may try again.
    func poll(_ digest: Hash32, attempt: Int) async throws -> KeyState? {
        let pause = min(5 << UInt64(min(attempt, 10)), Self.pauseMax)
        return try await withLoopContinuation { continuation in
            waiting.append(Waiter(digest: digest, due: clock.now &+ pause &* 1_000_000, continuation: continuation))
            scheduleTick()
        }
    }

    private func scheduleTick() {
        guard !ticking, !waiting.isEmpty else { return }
        ticking = true
        _ = clock.schedule(after: Self.tick) { [self] in
            assumeIsolated { me in
                _ = Task { await me.readDue() }
            }
        }
    }

    private func readDue() async {
        let now = clock.now
        let due = waiting.filter { $0.due <= now }
        waiting.removeAll { $0.due <= now }
        if !due.isEmpty {
            do throws(JournalError) {
                let states = try await journal.keys(Array(Set(due.map(\.digest))))
                for waiter in due { waiter.continuation.resume(returning: states[waiter.digest]) }
            } catch {
                for waiter in due { waiter.continuation.resume(throwing: error) }
            }
        }
        ticking = false
        scheduleTick()
    }
}
