// SPDX-License-Identifier: Apache-2.0

/// Finds the highest arrival rate that a server carries: the 99th percentile stays under a bound, nothing fails, and what
/// arrives is answered.
///
/// A closed loop says how much there is to find; then the interval between what held and what did not is halved until it is
/// a twentieth of the rate.
struct LimitSearch {
    /// Microseconds.
    let p99Max: UInt64
    /// The highest rate that held, and the lowest that did not.
    private(set) var held: Double = 0
    private(set) var failed: Double
    private(set) var steps = 0

    /// Halvings at most; the interval is a 500th then.
    static let stepsMax = 9
    /// Of the rate that is asked for; the rest is what arrived just before the end.
    private static let answeredMin = 0.95

    /// - Parameter ceiling: answers a second of a closed loop: more cannot be carried for long.
    init(ceiling: Double, p99Max: UInt64) {
        self.p99Max = p99Max
        failed = ceiling * 1.1
    }

    /// The rate to try next; nil when the limit is known well enough.
    var next: Double? {
        guard steps < Self.stepsMax, failed - held > max(failed * 0.05, 1) else { return nil }
        return (held + failed) / 2
    }

    /// Whether a run at a rate held.
    func holds(_ report: BenchReport, at rate: Double) -> Bool {
        report.errors == 0 && report.refused == 0 && report.reconciled != false
            && report.perSecond >= rate * Self.answeredMin && (report.latency?.p99).map { $0 <= p99Max } ?? false
    }

    mutating func note(_ isHeld: Bool, at rate: Double) {
        steps += 1
        if isHeld { held = rate } else { failed = rate }
    }
}
