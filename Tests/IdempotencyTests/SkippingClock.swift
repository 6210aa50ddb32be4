// SPDX-License-Identifier: Apache-2.0
import Synchronization
import UVRuntime

/// A loop's own time, which a test may make skip: what falls due in the time skipped over happens at once.
///
/// - Isolation: as the loop's clock; `skip` on the loop.
final class SkippingClock: LoopClock {
    private let loop: EventLoop
    private let state = Mutex(State())

    private struct State {
        var skipped: UInt64 = 0
        var next: UInt64 = 0
        var actions: [UInt64: (due: UInt64, action: @Sendable () -> Void)] = [:]
    }

    init(loop: EventLoop) {
        self.loop = loop
    }

    var now: UInt64 { loop.now &+ state.withLock { $0.skipped } }

    func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
        let due = now &+ after.wholeMilliseconds &* 1_000_000
        let id = state.withLock { state in
            state.next += 1
            state.actions[state.next] = (due, action)
            return state.next
        }
        let timer = loop.schedule(after: after) { [self] in take(id)?() }
        return Timer(timer) { [self] in _ = take(id) }
    }

    func skip(_ duration: Duration) {
        let base = loop.now
        let due = state.withLock { state in
            state.skipped &+= duration.wholeMilliseconds &* 1_000_000
            let now = base &+ state.skipped
            return state.actions.filter { $0.value.due <= now }.sorted { $0.value.due < $1.value.due }.map(\.key)
        }
        for id in due { take(id)?() }
    }

    private func take(_ id: UInt64) -> (@Sendable () -> Void)? {
        state.withLock { $0.actions.removeValue(forKey: id) }?.action
    }

    private final class Timer: ScheduledTimer {
        private let timer: any ScheduledTimer
        private let forget: @Sendable () -> Void

        init(_ timer: any ScheduledTimer, forget: @escaping @Sendable () -> Void) {
            self.timer = timer
            self.forget = forget
        }

        func cancel() {
            forget()
            timer.cancel()
        }
    }
}
