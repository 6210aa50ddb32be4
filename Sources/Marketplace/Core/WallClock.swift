// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// The time of day, handed in, so that tests and simulations decide what time it is.
///
/// **Isolation**: callable from any thread.
public protocol WallClock: Sendable {
    /// The present moment. May step back when the machine's clock is set.
    func now() -> Timestamp
}

/// The machine's clock.
public struct SystemClock: WallClock {
    /// Makes the machine's clock.
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        // CLOCK_REALTIME with a valid address cannot fail.
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// A clock that stands still until it is moved. For tests and simulations.
public final class ManualClock: WallClock {
    private let microseconds: Atomic<Int64>

    /// Makes a clock that shows `moment`.
    public init(_ moment: Timestamp = Timestamp(seconds: 1_764_000_000)) {
        microseconds = Atomic(moment.microseconds)
    }

    public func now() -> Timestamp {
        Timestamp(microseconds: microseconds.load(ordering: .sequentiallyConsistent))
    }

    /// Moves the clock by `duration`, back when it is negative.
    public func advance(by duration: Duration) {
        microseconds.wrappingAdd(duration.microseconds, ordering: .sequentiallyConsistent)
    }

    /// Sets the clock to `moment`.
    public func set(_ moment: Timestamp) {
        microseconds.store(moment.microseconds, ordering: .sequentiallyConsistent)
    }
}
