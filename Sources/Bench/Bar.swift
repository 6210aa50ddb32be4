// SPDX-License-Identifier: Apache-2.0

/// A bound that a scenario file sets for a number of the report; `--check` ends with 1 where it is missed.
struct Bar: Equatable {
    /// As in the report, with dots: `latency_us.p99`.
    let metric: String
    let bound: Bound

    enum Bound: Equatable {
        case atLeast(Double)
        case atMost(Double)
    }

    /// What is wrong, or nil when the number is on the right side. A number that is not known misses its bar.
    func missed(by value: Double?) -> String? {
        let wanted: String
        let holds: Bool
        switch bound {
        case .atLeast(let least):
            wanted = "at least \(Decimals.text(least))"
            holds = value.map { $0 >= least } ?? false
        case .atMost(let most):
            wanted = "at most \(Decimals.text(most))"
            holds = value.map { $0 <= most } ?? false
        }
        return holds ? nil : "\(metric) is \(value.map { Decimals.text($0) } ?? "unknown"), wanted: \(wanted)"
    }
}
