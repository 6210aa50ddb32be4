// SPDX-License-Identifier: Apache-2.0

import Metrics

/// The counters of one loop, looked up by small integers on the way of a request.
struct ServerMetrics {
    private var requests: [Int: Counter] = [:]
    private var durations: [Int: Metrics.Timer] = [:]
    private var refusals: [String: Counter] = [:]
    private let open = Meter(label: "mve_http_connections", dimensions: [("state", "open")])
    private let busy = Meter(label: "mve_http_connections", dimensions: [("state", "busy")])
    private var published = (open: 0, busy: 0)

    /// Counts an answer. `mounted` is nil where no route was found.
    mutating func answered(_ mounted: MountedRoute?, method: HTTPMethod?, status: Int, nanoseconds: UInt64) {
        // 1,024 is above every status; one route has few of them, so the tables stay small.
        let slot = ((mounted?.route.index ?? -1) + 1) * 8 + (method.map(Self.slot) ?? 7)
        let key = slot * 1024 + status
        if let counter = requests[key] {
            counter.increment()
        } else {
            let counter = Counter(
                label: "mve_http_requests_total",
                dimensions: [
                    ("route", mounted?.route.name ?? "none"), ("method", method?.rawValue ?? "other"),
                    ("status", "\(status)"),
                ])
            requests[key] = counter
            counter.increment()
        }
        let duration: Metrics.Timer
        if let known = durations[mounted?.route.index ?? -1] {
            duration = known
        } else {
            duration = Metrics.Timer(
                label: "mve_http_request_duration_seconds", dimensions: [("route", mounted?.route.name ?? "none")])
            durations[mounted?.route.index ?? -1] = duration
        }
        duration.recordNanoseconds(Int64(clamping: nanoseconds))
    }

    /// Counts a refusal or a time-out by its reason.
    mutating func refused(_ reason: String) {
        if let counter = refusals[reason] {
            counter.increment()
            return
        }
        let counter = Counter(label: "mve_http_refused_total", dimensions: [("reason", reason)])
        refusals[reason] = counter
        counter.increment()
    }

    /// Publishes how many connections this loop has now; the loops' shares add up.
    mutating func publish(open: Int, busy: Int) {
        if open != published.open { self.open.increment(by: Double(open - published.open)) }
        if busy != published.busy { self.busy.increment(by: Double(busy - published.busy)) }
        published = (open, busy)
    }

    private static func slot(_ method: HTTPMethod) -> Int {
        switch method {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}
