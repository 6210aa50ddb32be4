// SPDX-License-Identifier: Apache-2.0
import Synchronization
public import UVRuntime

/// How requests of a loop wait for a key that another process works on: they look again and again, and hold no connection,
/// transaction or lock between two looks (contract C5).
///
/// Duplicates within a process join before they come here, so at most one request per key waits.
///
/// - Isolation: on the loop of the pool whose routes it serves.
public final class KeyWaits: Sendable {
    /// The bounds.
    public struct Limits: Sendable {
        /// Requests that may wait; past it 409 in progress at once. Each borrows a connection for one statement every 100 ms:
        /// 32 of them keep less than a tenth of one of the pool's connections busy.
        public var requests = 32
        /// How long each waits: the contract's.
        public var waiting: Duration = .seconds(10)
        /// The first pause between two looks; it doubles.
        public var pauseMin: Duration = .milliseconds(5)
        /// The longest pause.
        public var pauseMax: Duration = .milliseconds(100)

        /// The defaults.
        public init() {}
    }

    private let clock: any LoopClock
    private let limits: Limits
    private let waiting = Atomic<Int>(0)

    /// Nobody waits yet.
    public init(clock: any LoopClock, limits: Limits = Limits()) {
        self.clock = clock
        self.limits = limits
    }

    /// Requests that wait now.
    public var count: Int { waiting.load(ordering: .relaxed) }

    /// Looks until there is something to say.
    ///
    /// - Parameter look: nil while the key is busy.
    /// - Returns: nil when the key was busy all the time, or at first and as many wait as may.
    func untilFree<Value>(_ look: () async throws -> Value?) async throws -> Value? {
        if let value = try await look() { return value }
        guard waiting.add(1, ordering: .relaxed).newValue <= limits.requests else {
            waiting.subtract(1, ordering: .relaxed)
            return nil
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        let deadline = clock.now &+ limits.waiting.wholeMilliseconds &* 1_000_000
        var pause = limits.pauseMin
        while clock.now < deadline {
            try await clock.pause(for: min(pause, .nanoseconds(Int64(clamping: deadline - clock.now))))
            pause = min(pause * 2, limits.pauseMax)
            if let value = try await look() { return value }
        }
        return nil
    }
}
