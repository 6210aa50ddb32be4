// SPDX-License-Identifier: Apache-2.0

import Metrics

/// The counters of one loop, found by small numbers on the way of a request.
struct ServerMetrics {
    /// What is counted of one route, or of what found none.
    fileprivate struct RouteCounts {
        let name: String
        let duration: Metrics.Timer
        /// By method and status. A route has a handful of them, the usual one first.
        var answers: [(key: Int, counter: Counter)] = []

        init(_ name: String) {
            self.name = name
            duration = Metrics.Timer(label: "mve_http_request_duration_seconds", dimensions: [("route", name)])
        }
    }

    /// By the route's place in the router plus one; the first is for what found none.
    private var routes: [RouteCounts?] = [nil]
    private var refusals: [String: Counter] = [:]
    private let open = Meter(label: "mve_http_connections", dimensions: [("state", "open")])
    private let busy = Meter(label: "mve_http_connections", dimensions: [("state", "busy")])
    private var published = (open: 0, busy: 0)

    /// Counts an answer. `mounted` is nil where no route was found.
    mutating func answered(_ mounted: MountedRoute?, method: HTTPMethod?, status: Int, nanoseconds: UInt64) {
        let place = (mounted?.route.index ?? -1) + 1
        while place >= routes.count { routes.append(nil) }
        if routes[place] == nil { routes[place] = RouteCounts(mounted?.route.name ?? "none") }
        // 1,024 is above every status.
        routes[place]?.count((method.map(Self.slot) ?? 7) * 1024 + status, method, status, nanoseconds)
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

extension ServerMetrics.RouteCounts {
    fileprivate mutating func count(_ key: Int, _ method: HTTPMethod?, _ status: Int, _ nanoseconds: UInt64) {
        duration.recordNanoseconds(Int64(clamping: nanoseconds))
        for index in answers.indices where answers[index].key == key { return answers[index].counter.increment() }
        let counter = Counter(
            label: "mve_http_requests_total",
            dimensions: [("route", name), ("method", method?.rawValue ?? "other"), ("status", "\(status)")])
        answers.append((key, counter))
        counter.increment()
    }
}
