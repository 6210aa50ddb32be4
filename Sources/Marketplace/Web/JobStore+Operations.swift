// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// A job as those see it who look after them. What it holds is not shown: it may be somebody's own.
public struct JobRecord: Sendable {
    /// What is to be done.
    public let kind: String
    /// To what.
    public let key: String
    /// `ready`, `running` or `dead`.
    public let state: String
    /// Attempts of its whole life.
    public let attempts: Int
    /// When it is due, or its claim ends.
    public let runAt: Timestamp
    /// Why the last attempt failed.
    public let lastError: String?
    /// When it was owed.
    public let createdAt: Timestamp
    /// When it last changed.
    public let updatedAt: Timestamp
}

/// Which jobs somebody asks for.
public enum JobSelection: String, CaseIterable, Sendable {
    case ready, running, dead
    /// Due for over a minute, and not done.
    case late
    /// What a person has to look at; no program ends it.
    case alert
}

/// For those who look after jobs.
extension JobStore {
    /// A job is late from here on: fifteen times the pause between two looks, and as long as a claim.
    public static let lateAfter: Duration = .seconds(60)

    /// Jobs that only say that a person has to look at something. They end by being acknowledged; money that an order did not accept
    /// (`payment.review`) by its refund alone.
    public static let acknowledged: Set<String> = [
        "payment.event_conflict", "payment.event_unmatched", "payment.event_unreadable", "refund.review",
    ]
    /// All jobs that no program works off: they are not late.
    static let alerts = acknowledged.union(["payment.review"])

    /// Where a list goes on.
    public typealias Position = (kind: String, runAt: Timestamp, key: String)

    /// Jobs by kind, then those that are due first.
    ///
    /// - Parameter selection: nil: those that want an eye, which are the dead ones and the late ones.
    public func jobs(
        _ selection: JobSelection?, kind: String?, after: Position?, limit: Int
    ) async throws(PostgresError) -> [JobRecord] {
        let states: [String] =
            switch selection {
            case .late: ["ready", "running"]
            case .alert: ["ready"]
            case .ready: ["ready"]
            case .running: ["running"]
            case .dead: ["dead"]
            case nil: ["ready", "running", "dead"]
            }
        let isLate = selection == .late || selection == nil
        // Those of people, or the others; null: both.
        let isAlert: Bool? = selection == .alert ? true : isLate ? false : nil
        let rows = try await postgres.query(
            """
            select kind, key, state, attempts, run_at, last_error, created_at, updated_at from platform.jobs
             where state = any ($1) and ($2::text is null or kind = $2)
               and (kind, run_at, key) > ($3, $4, $5)
               and (state = 'dead' or (($6::float8 is null or run_at < now() - make_interval(secs => $6))
                                       and ($8::bool is null or $8 = (kind = any ($9)))))
             order by kind, run_at, key limit $7
            """, states, kind, after?.kind ?? "",
            PostgresTimestamp(microseconds: after?.runAt.microseconds ?? Int64.min),
            after?.key ?? "", isLate ? Self.lateAfter.secondsAndParts : nil, Int64(limit),
            isAlert, Self.alerts.sorted())
        var jobs: [JobRecord] = []
        for row in rows {
            jobs.append(
                JobRecord(
                    kind: try row.string(0), key: try row.string(1), state: try row.string(2), attempts: try row.int(3),
                    runAt: Timestamp(microseconds: try row.timestamp(4)), lastError: try row.stringOrNil(5),
                    createdAt: Timestamp(microseconds: try row.timestamp(6)),
                    updatedAt: Timestamp(microseconds: try row.timestamp(7))))
        }
        return jobs
    }

    /// Ends jobs that are a person's to look at. Returns those that it did: others are done, unknown or of another kind.
    public static func acknowledge(
        _ jobs: [(kind: String, key: String)], in transaction: some PostgresClient
    ) async throws(PostgresError) -> [(kind: String, key: String)] {
        let rows = try await transaction.query(
            """
            with seen as (
              select j.kind, j.key from platform.jobs j
                join (select distinct kind, key from unnest($1::text[], $2::text[]) u(kind, key)) u
                  on u.kind = j.kind and u.key = j.key
               where j.state = 'ready' and j.kind = any ($3) order by j.kind, j.key for no key update of j)
            update platform.jobs j set state = 'done', updated_at = now()
              from seen where j.kind = seen.kind and j.key = seen.key returning j.kind, j.key
            """, jobs.map(\.kind), jobs.map(\.key), acknowledged.sorted())
        var done: [(kind: String, key: String)] = []
        for row in rows { done.append((try row.string(0), try row.string(1))) }
        return done
    }

    /// Sends jobs back to work at once that were given up, or that failed and wait for their next attempt; what they have tried does not
    /// count against them any more. Returns those that it did, with the state before: others are done, at work, unknown, or planned for a
    /// time that has not come.
    public static func retry(
        _ jobs: [(kind: String, key: String)], in transaction: some PostgresClient
    ) async throws(PostgresError) -> [(kind: String, key: String, state: String)] {
        let rows = try await transaction.query(
            """
            with due as (
              select j.kind, j.key, j.state from platform.jobs j
                join (select distinct kind, key from unnest($1::text[], $2::text[]) u(kind, key)) u
                  on u.kind = j.kind and u.key = j.key
               where j.state = 'dead' or (j.state = 'ready' and j.attempts > j.forgiven)
               order by j.kind, j.key for no key update of j)
            update platform.jobs j set state = 'ready', run_at = now(), forgiven = j.attempts, updated_at = now()
              from due where j.kind = due.kind and j.key = due.key returning j.kind, j.key, due.state
            """, jobs.map(\.kind), jobs.map(\.key))
        var retried: [(kind: String, key: String, state: String)] = []
        for row in rows { retried.append((try row.string(0), try row.string(1), try row.string(2))) }
        return retried
    }
}
