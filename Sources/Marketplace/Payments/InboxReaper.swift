// SPDX-License-Identifier: Apache-2.0
public import MarketHTTP
public import Postgres

/// Clears the inbox of what guards no money, as the job of a schedule: names and hashes of applied events stay for ever, so that none is
/// applied under another body.
public struct InboxReaper: Sendable {
    /// The jobs' kind.
    public static let kind = "inbox.reap"
    /// How often: what has grown old since is ten minutes of events, a step.
    public static let schedule = JobSchedule("inbox.reap", kind: kind, .every(.seconds(600)))
    /// How long bodies, ignored events and second bodies stay: a payment can be disputed for four months, and the body is what the
    /// provider said of it.
    public static let keeping: Duration = .seconds(180 * 86_400)

    private let pool: PostgresPool

    /// Works on a database.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Clears what is old now, in steps that each commit by themselves; returns how many.
    @discardableResult
    public func reap() async throws -> Int {
        var steps = 1
        while try await InboxStore.clear(keeping: Self.keeping, in: pool) { steps += 1 }
        return steps
    }
}
