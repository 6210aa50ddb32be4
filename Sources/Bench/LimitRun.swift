// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a run fell short in at the rate that was asked for.
enum LimitShortfall: String, CaseIterable, Sendable {
    /// The p99 is above the bound, or nothing was answered.
    case latency
    /// Fewer answers than arrivals.
    case answered
    case refused
    case errors
    case reconciliation
    /// What it sends was used up before its time was over: too little was seen.
    case duration

    /// Whether something beside the server and what it is asked for can be the cause, so that another run may do better. A stall makes
    /// answers late, and a caller who comes late may be refused; it breaks no books, and a request that got a 5xx or no answer
    /// within half a minute is a failure whatever the cause was.
    var mayBeNoise: Bool {
        switch self {
        case .latency, .answered, .refused: true
        case .errors, .reconciliation, .duration: false
        }
    }
}

/// One run of the search for the limit, as it was.
struct LimitRun: Equatable, Sendable {
    /// Arrivals a second.
    let rate: Double
    let shortfalls: [LimitShortfall]
    let perSecond: Double
    /// Microseconds.
    let p99: UInt64?
    let refused: Int
    let errors: Int
    let reconciled: Bool?
    /// Events of runs before it that were still to be published when it began; nil where there is nothing to ask.
    let waitingEvents: Int?

    enum Outcome: String, Sendable {
        case held
        /// Only in what may be noise.
        case missed
        case broken
    }

    /// Of the rate that is asked for; the rest is what arrived just before the end.
    private static let answeredMin = 0.95

    /// - Parameters:
    ///   - p99Max: microseconds.
    ///   - duration: nanoseconds that had to be measured.
    init(_ report: BenchReport, at rate: Double, p99Max: UInt64, duration: UInt64) {
        self.rate = rate
        perSecond = report.perSecond
        p99 = report.latency?.p99
        refused = report.refused
        errors = report.errors
        reconciled = report.reconciled
        waitingEvents = report.waitingEvents
        shortfalls = LimitShortfall.allCases.filter { shortfall in
            switch shortfall {
            case .latency: (report.latency?.p99).map { $0 > p99Max } ?? true
            case .answered: report.perSecond < rate * Self.answeredMin
            case .refused: report.refused > 0
            case .errors: report.errors > 0
            case .reconciliation: report.reconciled == false
            case .duration: report.measured < duration
            }
        }
    }

    var outcome: Outcome {
        if shortfalls.isEmpty { return .held }
        return shortfalls.allSatisfy(\.mayBeNoise) ? .missed : .broken
    }
}

extension LimitRun: CustomStringConvertible {
    /// Without the rate.
    var result: String {
        let why = shortfalls.isEmpty ? "" : " (" + shortfalls.map(\.rawValue).joined(separator: ", ") + ")"
        let latency = p99.map { Decimals.fixed(Double($0) / 1000, digits: 2) + " ms" } ?? "–"
        var text = "\(outcome.rawValue)\(why): \(Decimals.fixed(perSecond, digits: 1)) ok/s, p99 \(latency), "
        text += "\(refused) refused, \(errors) errors"
        if let waitingEvents, waitingEvents > 0 { text += ", \(waitingEvents) events of runs before it waited" }
        return text
    }

    var description: String { "\(Decimals.fixed(rate, digits: 1)) a second: \(result)" }
}

extension LimitRun: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("rate", raw: Decimals.text(rate).utf8)
            json.field("outcome", outcome.rawValue)
            json.array("shortfalls") { json in
                for shortfall in shortfalls { json.value(shortfall.rawValue) }
            }
            json.field("per_second", raw: Decimals.text(perSecond).utf8)
            json.field("p99_us", p99.map { Int($0) })
            json.field("refused", refused)
            json.field("errors", errors)
            json.field("reconciled", reconciled)
            json.field("waiting_events", waitingEvents)
        }
    }
}
