// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization
import UVRuntime

/// The sandbox's own time: it can run faster than the world's, stand still, and be moved forward.
///
/// What waits for a moment wakes when this clock shows it, however it came to that.
///
/// - Isolation: on the loop.
final class SandboxClock: Sendable {
    private struct Sleeper {
        let due: Timestamp
        let continuation: LoopContinuation<Void>
    }

    private struct State {
        /// What the clock showed when the loop's showed `anchor`.
        var shown: Timestamp
        var anchor: UInt64
        var rate: Double
        /// By `due`, and among equals in the order they came.
        var sleepers: [Sleeper] = []
        var timer: (any ScheduledTimer)?
        var isStopped = false
    }

    /// A timer of the loop is set no further ahead: what it finds then, it sets itself again for.
    private static let timerMax: Duration = .seconds(3600)

    private let loop: any LoopClock
    private let state: Mutex<State>

    /// Starts at `moment`; with the rate 1 it runs as fast as the loop's clock.
    init(loop: any LoopClock, from moment: Timestamp, rate: Double = 1) {
        self.loop = loop
        state = Mutex(State(shown: moment, anchor: loop.now, rate: rate))
    }

    /// What it shows now.
    var now: Timestamp {
        let time = loop.now
        return state.withLock { Self.shown($0, at: time) }
    }

    /// How many of its seconds pass in one of the world's.
    var rate: Double {
        state.withLock { $0.rate }
    }

    /// Whether the sandbox ends.
    var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// Goes on from what it shows now; 0 makes it stand still.
    func run(at rate: Double) {
        let time = loop.now
        state.withLock { state in
            state.shown = Self.shown(state, at: time)
            state.anchor = time
            state.rate = rate
        }
        wakeSleepers()
    }

    /// Moves it forward at once.
    func advance(by duration: Duration) {
        state.withLock { $0.shown = $0.shown + duration }
        wakeSleepers()
    }

    /// Parks the caller until the clock shows `moment`.
    /// - Throws: `CancellationError` when the sandbox ends first.
    func sleep(until moment: Timestamp) async throws {
        try await withLoopContinuation { continuation in
            let isStopped = state.withLock { state in
                guard !state.isStopped else { return true }
                let place = state.sleepers.firstIndex { $0.due > moment } ?? state.sleepers.endIndex
                state.sleepers.insert(Sleeper(due: moment, continuation: continuation), at: place)
                return false
            }
            if isStopped {
                continuation.resume(throwing: CancellationError())
            } else {
                wakeSleepers()
            }
        }
    }

    /// Wakes everyone with an error; whoever comes to sleep later gets it at once.
    func stop() {
        let sleepers = state.withLock { state in
            state.isStopped = true
            state.timer?.cancel()
            state.timer = nil
            defer { state.sleepers = [] }
            return state.sleepers
        }
        for sleeper in sleepers { sleeper.continuation.resume(throwing: CancellationError()) }
    }

    private func wakeSleepers() {
        let time = loop.now
        let due = state.withLock { state in
            let now = Self.shown(state, at: time)
            let count = state.sleepers.firstIndex { $0.due > now } ?? state.sleepers.endIndex
            defer {
                state.sleepers.removeFirst(count)
                setTimer(&state, now: now)
            }
            return Array(state.sleepers.prefix(count))
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    private func setTimer(_ state: inout State, now: Timestamp) {
        state.timer?.cancel()
        state.timer = nil
        guard let next = state.sleepers.first, state.rate > 0 else { return }
        // In the world's time, and rounded up by the loop: it never fires before the moment has come.
        let wait = min((next.due - now) / state.rate, Self.timerMax)
        state.timer = loop.schedule(after: max(wait, .milliseconds(1))) { [weak self] in self?.wakeSleepers() }
    }

    private static func shown(_ state: State, at time: UInt64) -> Timestamp {
        guard state.rate > 0, time > state.anchor else { return state.shown }
        return state.shown + .nanoseconds(Int64(time - state.anchor)) * state.rate
    }
}
