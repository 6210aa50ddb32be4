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

/// The counters of `mve_idempotency_total{outcome,level}`, made once. Every request with a key counts: no dictionary is asked.
struct IdempotencyCounters {
    private let counters: [Counter]
    private var counts: [Int]
    private let refusalDropped: Counter

    init() {
        counters = KeyMeeting.allCases.flatMap { met in KeyLevel.allCases.map { Self.make(met.rawValue, $0) } }
        counts = counters.map { _ in 0 }
        refusalDropped = Self.make("refusal_dropped", .postgres)
    }

    private static func make(_ outcome: String, _ level: KeyLevel) -> Counter {
        Counter(label: "mve_idempotency_total", dimensions: [("outcome", outcome), ("level", level.rawValue)])
    }

    /// A refusal was given and not written behind.
    func dropRefusal() { refusalDropped.increment() }

    mutating func count(_ met: KeyMeeting, at level: KeyLevel) {
        let place = Self.place(met, level)
        counters[place].increment()
        counts[place] += 1
    }

    /// How often each was counted; nothing of those that never were.
    var counted: [KeyMeeting: [KeyLevel: Int]] {
        var counted: [KeyMeeting: [KeyLevel: Int]] = [:]
        for met in KeyMeeting.allCases {
            for level in KeyLevel.allCases where counts[Self.place(met, level)] > 0 {
                counted[met, default: [:]][level] = counts[Self.place(met, level)]
            }
        }
        return counted
    }

    /// In the order of `allCases`.
    private static func place(_ met: KeyMeeting, _ level: KeyLevel) -> Int {
        let row =
            switch met {
            case .new: 0
            case .replayed: 1
            case .reused: 2
            case .inProgress: 3
            }
        let column =
            switch level {
            case .memory: 0
            case .redis: 1
            case .postgres: 2
            }
        return row * 3 + column
    }
}
