// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketHTTP
public import Postgres

/// Owes calls of the provider again whose jobs have ended without an answer, as the job of a schedule (contract C11, the completer).
///
/// However long a provider is away and whatever became of a job, a refund that was approved is carried there, its end is asked for,
/// and what we do about a dispute is done. A call that may have been made is asked about first, so one too many changes nothing.
public struct ResumeProviderCalls: Sendable {
    /// The jobs' kind.
    public static let kind = "provider.resume"
    /// How often it looks: jobs go on for days by themselves, and dead ones are left to people for an hour.
    public static let schedule = JobSchedule("provider.resume", kind: kind, .every(.seconds(300)))
    /// Calls of each kind that are owed by one look: more than the provider takes until the next one.
    static let batch = 1000

    private let pool: PostgresPool
    private let logger: Logger

    /// Works on a database.
    public init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Looks once; returns how many calls were owed again.
    @discardableResult
    public func run() async throws -> Int {
        let count = try await ProviderCallStore.resume(limit: Self.batch, in: pool)
        if count > 0 {
            logger.warning("calls of the provider had no job that makes them", metadata: ["owed": "\(count)"])
        }
        return count
    }
}
