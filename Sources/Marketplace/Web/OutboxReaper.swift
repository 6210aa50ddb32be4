// SPDX-License-Identifier: Apache-2.0
internal import Metrics
public import Postgres

/// Clears away events that were handed on some time ago, as the job of a schedule.
public struct OutboxReaper: Sendable {
    /// The jobs' kind.
    public static let kind = "outbox.reap"
    /// How often: a busy shop writes some hundred thousand events meanwhile, which a few seconds remove.
    public static let schedule = JobSchedule("outbox.reap", kind: kind, .every(.seconds(600)))
    /// How long events stay after they were written, once they were handed on: for who looks into what happened, and for deliveries that were set aside.
    public static let keeping: Duration = .seconds(7 * 86_400)
    /// Rows of one statement: each commits by itself and locks for milliseconds.
    static let batch = 1000

    private let pool: PostgresPool
    private let reaped = Counter(label: "mve_outbox_reaped_total")

    /// Works on a database.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Removes what is old now; returns how many. It ends with the first batch that has something young in it.
    @discardableResult
    public func reap() async throws -> Int {
        var count = 0
        while true {
            let step = try await OutboxStore.reap(limit: Self.batch, keeping: Self.keeping, in: pool)
            count += step.removed
            reaped.increment(by: Int64(step.removed))
            if step.removed < Self.batch { return count }
        }
    }
}
