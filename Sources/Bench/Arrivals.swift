// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// When the requests of an open loop should start: one every 1/rate seconds, whether or not earlier ones were answered.
///
/// Latency counts from there, so that a server that stalls is charged for everybody who would have come meanwhile. Waiting
/// has the resolution of the loop's timers, a millisecond, and ends early rather than late: what is sent early counts from
/// its sending.
struct Arrivals {
    private let origin: UInt64
    private let rate: Double
    private var count: UInt64 = 0

    /// - Parameter rate: requests a second.
    init(rate: Double, from origin: UInt64) {
        self.rate = rate
        self.origin = origin
    }

    /// The next start, in monotonic nanoseconds.
    mutating func next() -> UInt64 {
        defer { count += 1 }
        return origin + UInt64(Double(count) * 1e9 / rate)
    }

    /// Parks until `start` is less than a millisecond away.
    static func wait(until start: UInt64, on loop: EventLoop) async throws {
        let now = MonotonicTime.now
        guard start > now + 1_000_000 else { return }
        try await loop.sleep(for: .milliseconds(Int64((start - now) / 1_000_000)))
    }
}
