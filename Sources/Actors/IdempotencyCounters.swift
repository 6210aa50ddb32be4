// SPDX-License-Identifier: Apache-2.0
internal import Metrics

/// What a request with a key met.
public enum KeyMeeting: String, CaseIterable, Sendable {
    /// Nobody had finished the key: the answer is this request's own.
    case new
    /// The answer of an earlier request.
    case replayed
    /// The key belongs to another request.
    case reused
    /// A request with the key was still running when the waiting ended.
    case inProgress = "in_progress"
}

/// Where that was found.
public enum KeyLevel: String, CaseIterable, Sendable {
    /// In the process; where a new answer is kept first.
    case memory
    /// In the hints.
    case redis
    /// In the key's row.
    case postgres
}

/// The counters of `mve_idempotency_total{outcome,level}`, made once.
struct IdempotencyCounters {
    private let counters: [KeyMeeting: [KeyLevel: Counter]]
    private(set) var counted: [KeyMeeting: [KeyLevel: Int]] = [:]
    private let refusalDropped: Counter

    init() {
        var counters: [KeyMeeting: [KeyLevel: Counter]] = [:]
        for met in KeyMeeting.allCases {
            for level in KeyLevel.allCases { counters[met, default: [:]][level] = Self.make(met.rawValue, level) }
        }
        self.counters = counters
        refusalDropped = Self.make("refusal_dropped", .postgres)
    }

    private static func make(_ outcome: String, _ level: KeyLevel) -> Counter {
        Counter(label: "mve_idempotency_total", dimensions: [("outcome", outcome), ("level", level.rawValue)])
    }

    /// A refusal was given and not written behind.
    func dropRefusal() { refusalDropped.increment() }

    mutating func count(_ met: KeyMeeting, at level: KeyLevel) {
        counters[met]?[level]?.increment()
        counted[met, default: [:]][level, default: 0] += 1
    }
}
