// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts the connections of all loops against their bounds.
final class ConnectionCensus: Sendable {
    enum Refusal: String {
        case total = "connections"
        case source = "connections-per-source"
    }

    private struct Counts {
        var total = 0
        var sources: [String: Int] = [:]
    }

    private let totalMax: Int
    private let sourceMax: Int
    private let counts = Mutex(Counts())

    /// 0 = no bound.
    init(totalMax: Int, sourceMax: Int) {
        self.totalMax = totalMax
        self.sourceMax = sourceMax
    }

    /// Counts a connection in, or says why not.
    func enter(_ source: String, isExempt: Bool) -> Refusal? {
        let source = SourceNetwork(source).map { "\($0)" } ?? source
        return counts.withLock { counts in
            if totalMax > 0, counts.total >= totalMax { return .total }
            let here = counts.sources[source, default: 0]
            if sourceMax > 0, !isExempt, here >= sourceMax { return .source }
            counts.total += 1
            counts.sources[source] = here + 1
            return nil
        }
    }

    /// Counts it out again.
    func leave(_ source: String) {
        let source = SourceNetwork(source).map { "\($0)" } ?? source
        counts.withLock { counts in
            counts.total -= 1
            let here = counts.sources[source, default: 0]
            counts.sources[source] = here > 1 ? here - 1 : nil
        }
    }

    /// Whether nine tenths of the bound are in use.
    var isNearlyFull: Bool { totalMax > 0 && total >= totalMax - totalMax / 10 }

    /// Connections at present.
    var total: Int { counts.withLock { $0.total } }
}
