// SPDX-License-Identifier: Apache-2.0

/// A metric as it is announced to Prometheus: its name, what it says, its labels, and how many series it may have.
public struct MetricFamily: Sendable {
    /// What is counted or measured.
    public enum Kind: Sendable, Equatable {
        /// Only ever rises.
        case counter
        /// Goes up and down.
        case gauge
        /// Seconds, in buckets up to these bounds, rising.
        case seconds([Double])
        /// Whole numbers, in buckets up to these bounds, rising.
        case numbers([Int])
    }

    /// The name, with its unit: `mve_http_request_duration_seconds`.
    public let name: String
    /// One sentence for whoever reads the metric for the first time.
    public let help: String
    /// What it is.
    public let kind: Kind
    /// The names of its labels, in the order in which they are shown.
    public let labels: [String]
    /// Series beyond this number are counted together in one whose labels all say `other`.
    public let seriesMax: Int

    /// Announces a metric. A name or label that Prometheus would not take is our own mistake and traps.
    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], seriesMax: Int = 100) {
        precondition(Self.isName(name) && labels.allSatisfy(Self.isName), "\(name) or a label of it is malformed")
        precondition(seriesMax > 0, "\(name) has room for no series")
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.seriesMax = seriesMax
    }

    /// From half a millisecond, below which nothing that asks a database answers, to the time limit of a handler.
    public static let requestBounds = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { octet in
            (0x61...0x7A).contains(octet) || (0x30...0x39).contains(octet) || octet == UInt8(ascii: "_")
        }
    }
}
