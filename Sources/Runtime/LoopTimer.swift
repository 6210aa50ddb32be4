// SPDX-License-Identifier: Apache-2.0
internal import CUV

/// One timer of a loop, one-shot or repeating.
///
/// Units: whole milliseconds, rounded up, counted from libuv's cached time. Isolation: on the loop.
public final class LoopTimer: HandleOwner, ScheduledTimer, @unchecked Sendable {
    private var action: (() -> Void)?
    private var abandoned: (() -> Void)?
    private let repeats: Bool

    /// - Parameter abandoned: called instead of `action` when the timer is closed before it fired.
    init(
        loop: EventLoop, after: Duration, every: Duration?, abandoned: (() -> Void)? = nil,
        action: @escaping () -> Void
    ) {
        self.action = action
        self.abandoned = abandoned
        repeats = every != nil
        super.init(loop: loop, type: UV_TIMER)
        let timer = memory.assumingMemoryBound(to: uv_timer_t.self)
        uv_timer_init(loop.uv, timer)
        own()
        uv_timer_start(
            timer,
            { timer in
                let me: LoopTimer = HandleOwner.of(timer?.pointee.data)
                let action = me.action
                me.abandoned = nil
                if !me.repeats { me.close() }
                action?()
            }, after.wholeMilliseconds, every?.wholeMilliseconds ?? 0)
    }

    override func willClose() {
        let abandoned = abandoned
        self.abandoned = nil
        action = nil
        abandoned?()
    }

    /// Ends the timer; it does not fire any more. On the loop.
    public func cancel() {
        close()
    }
}

extension Duration {
    /// Milliseconds, rounded up, at least 0.
    public var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) &* 1000 &+ UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

/// A timer that can be taken back.
public protocol ScheduledTimer: AnyObject, Sendable {
    /// Ends the timer; it does not fire any more. On the executor that made it.
    func cancel()
}

/// Monotonic time and timers of an executor: the real loop's, or the simulator's.
public protocol LoopClock: Sendable {
    /// Monotonic nanoseconds; the origin means nothing.
    var now: UInt64 { get }
    /// Runs `action` once on the executor, no earlier than `after` from now. Called on the executor.
    func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer
}

extension LoopClock {
    /// Comes back no earlier than `duration` from now. Called on the executor; a cancellation does not end it.
    ///
    /// - Throws: what a continuation throws that is never resumed: the executor has ended.
    public nonisolated(nonsending) func pause(for duration: Duration) async throws {
        let _: Void = try await withLoopContinuation { continuation in
            _ = schedule(after: duration) { continuation.resume() }
        }
    }
}

extension EventLoop: LoopClock {
    /// Runs `action` once, no earlier than `after` from now. On the loop.
    public func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
        LoopTimer(loop: self, after: after, every: nil, action: action)
    }

    /// Runs `action` again and again, first after `interval`. On the loop.
    public func schedule(every interval: Duration, _ action: @escaping @Sendable () -> Void) -> LoopTimer {
        LoopTimer(loop: self, after: interval, every: interval, action: action)
    }

    /// Runs `action` after the flush of the current iteration, when what was written so far is with the kernel; at once
    /// where no loop runs.
    public static func afterFlush(_ action: @escaping @Sendable () -> Void) {
        guard let loop = currentLoop else { return action() }
        _ = loop.schedule(after: .zero, action)
    }

    /// Parks the calling task for at least `duration`. Call it on the loop.
    ///
    /// - Throws: `CancellationError` at once when the task is cancelled already; a cancellation during the sleep is seen
    ///   at its end. `RuntimeError.loopStopped` when the loop ends first.
    public nonisolated(nonsending) func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let _: Void = try await withLoopContinuation { continuation in
            // Held by libuv until it fires or the loop ends.
            _ = LoopTimer(
                loop: self, after: duration, every: nil,
                abandoned: { continuation.resume(throwing: RuntimeError.loopStopped) },
                action: { continuation.resume() })
        }
        try Task.checkCancellation()
    }
}
