// SPDX-License-Identifier: Apache-2.0

/// Finds the highest arrival rate that a server carries: the 99th percentile stays under a bound, nothing fails or is refused,
/// and what arrives is answered.
///
/// A closed loop says where to look; then the interval between what held and what was given up is halved until it is a
/// twentieth of the rate. The closed loop may have been disturbed itself and is no failure: where what it made holds, the rate
/// is doubled until one is given up.
///
/// **The rule.** A rate that held once is held. One that missed what `LimitShortfall.mayBeNoise` names – a vacuum, a checkpoint or
/// a neighbour is enough for that – is measured again at once, and given up when it misses a second time. Errors, a
/// reconciliation that does not add up and a run that ended before its time are never noise: they give the rate up at once.
///
/// **What held by luck.** Disturbances take from what a server carries and add nothing to it, so the better of two runs is nearer
/// the truth, and a second run to confirm would bring back the spike. An open loop leaves luck little room: at a rate that is
/// too high by a share x, the last arrivals wait for x of the duration, so that the p99 stays under the bound only while x is less
/// than bound / duration, half a percent for 50 ms in 10 s. That needs the whole duration; a shorter run counts as failed. What is
/// left is a run that fell between two checkpoints: the runs say which rates held only at the second try, and a longer duration
/// has both in each run.
struct LimitSearch {
    /// Microseconds.
    let p99Max: UInt64
    /// Nanoseconds that each run has to measure.
    let duration: UInt64
    /// Answers a second of the closed loop.
    private let ceiling: Double
    /// The highest rate that held, and the lowest that did not or is not expected to; nil while there is none.
    private(set) var held: Double = 0
    private(set) var failed: Double?
    /// Whether `failed` was never measured.
    private var isExpected = true
    /// Missed once.
    private(set) var doubted: Double?
    /// Rates that were decided.
    private(set) var rates = 0
    /// Every run, in their order.
    private(set) var runs: [LimitRun] = []

    /// Rates at most: nine halvings make the interval a 500th, and three are for doublings of a closed loop that was disturbed.
    static let ratesMax = 12
    /// Runs at most: each rate and its second try. Four minutes of measuring where a run takes 10 s.
    static let runsMax = ratesMax * 2

    /// - Parameters:
    ///   - ceiling: answers a second of a closed loop.
    ///   - p99Max: microseconds.
    ///   - duration: nanoseconds.
    init(ceiling: Double, p99Max: UInt64, duration: UInt64) {
        self.ceiling = ceiling
        self.p99Max = p99Max
        self.duration = duration
        failed = ceiling * 1.1
    }

    /// The rate to try next; nil when the limit is known well enough.
    var next: Double? {
        if let doubted { return doubted }
        guard rates < Self.ratesMax else { return nil }
        guard let failed else { return held * 2 }
        guard failed - held > max(failed * 0.05, 1) else { return nil }
        return (held + failed) / 2
    }

    /// Judges a run at a rate, the one that was `next`.
    @discardableResult
    mutating func note(_ report: BenchReport, at rate: Double) -> LimitRun {
        let run = LimitRun(report, at: rate, p99Max: p99Max, duration: duration)
        runs.append(run)
        let isSecond = doubted == rate
        doubted = nil
        switch run.outcome {
        case .held: hold(rate)
        case .missed where !isSecond: doubted = rate
        case .missed, .broken: giveUp(rate)
        }
        return run
    }

    private mutating func hold(_ rate: Double) {
        rates += 1
        held = rate
        if isExpected, rate >= ceiling { failed = nil }
    }

    private mutating func giveUp(_ rate: Double) {
        rates += 1
        failed = rate
        isExpected = false
    }
}
