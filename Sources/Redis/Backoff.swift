// SPDX-License-Identifier: Apache-2.0

/// The pauses between attempts to connect: doubling up to a maximum, each shortened by up to half at random, so that the
/// clients of many loops do not come back in step.
struct Backoff {
    private let min: Duration
    private let max: Duration
    private(set) var attempts = 0

    init(min: Duration, max: Duration) {
        self.min = min
        self.max = max
    }

    /// The pause before the next attempt.
    mutating func next(random: Double = .random(in: 0..<1)) -> Duration {
        // 2^20 times the minimum is past any sensible maximum, and cannot overflow.
        let full = Swift.min(max, min * (1 << Swift.min(attempts, 20)))
        attempts += 1
        return full * (1 - random / 2)
    }

    mutating func reset() {
        attempts = 0
    }
}
