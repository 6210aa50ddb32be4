// SPDX-License-Identifier: Apache-2.0
internal import Metrics

/// The client's metrics, one set for the process whatever the number of pools.
enum PostgresMetrics {
    /// Connections by what they do; pools of all loops add up.
    enum State: String {
        case connecting, idle, busy, reading, listening
    }

    private static let connecting = meter(.connecting)
    private static let idle = meter(.idle)
    private static let busy = meter(.busy)
    private static let reading = meter(.reading)
    private static let listening = meter(.listening)

    private static func meter(_ state: State) -> Meter {
        Meter(label: "mve_postgres_connections", dimensions: [("state", state.rawValue)])
    }

    private static func meter(for state: State) -> Meter {
        switch state {
        case .connecting: connecting
        case .idle: idle
        case .busy: busy
        case .reading: reading
        case .listening: listening
        }
    }

    /// A connection came to a state.
    static func enter(_ state: State) {
        meter(for: state).increment()
    }

    /// A connection left a state.
    static func leave(_ state: State) {
        meter(for: state).decrement()
    }

    /// Counts a failure by the first two characters of its SQLSTATE; the client's own count under their code.
    static func count(_ error: PostgresError) {
        let name = error.sqlstate.map { String($0.prefix(2)) } ?? error.code.rawValue
        Counter(label: "mve_postgres_errors_total", dimensions: [("sqlstate_class", name)]).increment()
    }
}
