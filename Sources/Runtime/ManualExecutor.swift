// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import Synchronization

/// An executor that runs only when told to, on the caller's thread, with a clock that moves only when told to.
///
/// The actors run unchanged on it: for tests of interleavings and for seeded simulation.
// @unchecked: the queues are guarded by the mutex; jobs run on the one thread that calls `run`.
public final class ManualExecutor: LoopExecutor, LoopClock, @unchecked Sendable {
    private let state = Mutex(State())

    private struct State {
        var jobs = Deque<UnownedJob>()
        /// The next one last: it is the one that is taken most often.
        var timers: [ManualTimer] = []
        var now: UInt64 = 0
        var nextTimer: UInt64 = 0
    }

    /// Makes an executor with an empty queue at time 0.
    public override init() {
        super.init()
    }

    public override func push(_ job: UnownedJob) {
        state.withLock { $0.jobs.append(job) }
    }

    /// Nanoseconds by this executor's own clock.
    public var now: UInt64 {
        state.withLock { $0.now }
    }

    /// Jobs that wait to be run.
    public var pendingJobs: Int {
        state.withLock { $0.jobs.count }
    }

    /// Runs a synchronous body as if on the executor: tasks that it starts belong here.
    public func perform<Value>(_ body: () throws -> Value) rethrows -> Value {
        let outer = LoopExecutor.current
        becomeCurrent()
        defer {
            LoopExecutor.resignCurrent()
            outer?.becomeCurrent()
        }
        return try body()
    }

    /// Runs ready jobs until none is left, at most `limit`; returns how many ran.
    ///
    /// - Parameter choose: picks the next of `n` waiting jobs, to explore interleavings; the default is first in, first out.
    @discardableResult
    public func run(limit: Int = 1_000_000, choose: ((Int) -> Int)? = nil) -> Int {
        perform {
            var count = 0
            while count < limit, let job = takeJob(choose) {
                job.runSynchronously(on: asUnownedSerialExecutor())
                count += 1
            }
            return count
        }
    }

    private func takeJob(_ choose: ((Int) -> Int)?) -> UnownedJob? {
        let waiting = pendingJobs
        guard waiting > 0 else { return nil }
        let index = choose.map { $0(waiting) } ?? 0
        return state.withLock { $0.jobs.remove(at: index) }
    }

    /// Moves the clock and fires what is due, in order of time, running jobs after each.
    ///
    /// - Parameter choose: as in `run`.
    public func advance(by duration: Duration, choose: ((Int) -> Int)? = nil) {
        let (seconds, attoseconds) = duration.components
        let target = now &+ UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
        run(choose: choose)
        while true {
            let due = state.withLock { state -> ManualTimer? in
                guard let next = state.timers.last, next.due <= target else {
                    // An action may have made the clock jump past it.
                    state.now = max(state.now, target)
                    return nil
                }
                state.now = max(state.now, next.due)
                return state.timers.removeLast()
            }
            guard let due else { break }
            perform { due.action() }
            run(choose: choose)
        }
    }

    public func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
        state.withLock { state in
            let due = state.now &+ after.wholeMilliseconds &* 1_000_000
            let timer = ManualTimer(executor: self, due: due, order: state.nextTimer, action: action)
            state.nextTimer += 1
            // Behind those that fire later, before those that fire at the same time and were made earlier.
            var low = 0
            var high = state.timers.count
            while low < high {
                let middle = (low + high) / 2
                if state.timers[middle].due > due { low = middle + 1 } else { high = middle }
            }
            state.timers.insert(timer, at: low)
            return timer
        }
    }

    /// When the next timer is due; nil when none is set.
    public var nextDue: UInt64? {
        state.withLock { $0.timers.last?.due }
    }

    /// Sets the clock forward as a machine that slept does: what became due meanwhile is late and fires with the next advance.
    public func jump(by duration: Duration) {
        state.withLock { $0.now &+= duration.wholeMilliseconds &* 1_000_000 }
    }

    fileprivate func remove(_ timer: ManualTimer) {
        state.withLock { $0.timers.removeAll { $0 === timer } }
    }
}

private final class ManualTimer: ScheduledTimer {
    let due: UInt64
    let order: UInt64
    let action: @Sendable () -> Void
    /// Not owned: it owns its timers, and those that are left at its end would keep it for ever.
    private weak let executor: ManualExecutor?

    init(executor: ManualExecutor, due: UInt64, order: UInt64, action: @escaping @Sendable () -> Void) {
        self.executor = executor
        self.due = due
        self.order = order
        self.action = action
    }

    func cancel() {
        executor?.remove(self)
    }
}
