// SPDX-License-Identifier: Apache-2.0
internal import Metrics

/// The counters `mve_redis_errors_total{kind}`, made once so that counting is one lookup.
struct RedisMetrics: Sendable {
    private let counters: [String: Counter]

    init() {
        let kinds = ["unavailable", "overloaded", "refused", "timeout", "disconnected", "server", "connection"]
        counters = Dictionary(
            uniqueKeysWithValues: kinds.map {
                ($0, Counter(label: "mve_redis_errors_total", dimensions: [("kind", $0)]))
            })
    }

    func count(_ kind: String) {
        counters[kind]?.increment()
    }
}
