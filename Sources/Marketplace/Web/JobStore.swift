// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import Postgres

/// A piece of work that a committed transaction owes.
public struct Job: Sendable {
    /// What is to be done, such as `payment.late`.
    public let kind: String
    /// To what; unique within the kind.
    public let key: String
    /// The how-manieth attempt this is, from 1, since it was owed or sent back to work.
    public let attempt: Int
    /// A JSON object.
    public let payload: [UInt8]
    /// The number of its claim, which only ever rises.
    let claim: Int32

    /// What its payload says.
    ///
    /// - Parameter read: nil where something is missing.
    /// - Throws: `JobGivenUp` for what cannot be read: it will not be another time either.
    public func read<Value>(_ read: (JSONValue) -> Value?) throws(JobGivenUp) -> Value {
        guard let root = try? JSONDocument(parsing: payload).root, let value = read(root) else {
            throw JobGivenUp("the job cannot be read")
        }
        return value
    }
}

/// Jobs in `platform.jobs`.
///
/// A claim is a lease: who claimed and died is followed by another one when it runs out. The attempt's number fences: what a
/// late finisher says of an attempt that is not the newest changes nothing.
public struct JobStore: Sendable {
    let postgres: any PostgresClient

    /// Makes a store over a client of the runner's loop.
    public init(postgres: any PostgresClient) {
        self.postgres = postgres
    }

    /// Owes work, in the transaction that causes it.
    ///
    /// - Parameters:
    ///   - key: names the work within its kind: what is owed already, or done, is not owed again. nil: a new one.
    ///   - delay: not before it has passed.
    ///   - payload: a JSON object.
    public static func owe(
        _ kind: String, key: String?, after delay: Duration = .zero, payload: [UInt8],
        in transaction: some PostgresClient
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            insert into platform.jobs (kind, key, run_at, payload)
            values ($1, coalesce($2, gen_random_uuid()::text), now() + make_interval(secs => $3), $4)
            on conflict (kind, key) do nothing
            """, kind, key, delay.secondsAndParts, PostgresJSON(bytes: payload))
    }

    /// Owes many of a kind in one statement, each once.
    public static func owe(
        _ kind: String, _ jobs: [(key: String, payload: [UInt8])], in transaction: some PostgresClient
    ) async throws(PostgresError) {
        guard !jobs.isEmpty else { return }
        try await transaction.execute(
            """
            insert into platform.jobs (kind, key, payload)
            select $1, u.key, u.payload::jsonb from unnest($2::text[], $3::text[]) u(key, payload) order by u.key
            on conflict (kind, key) do nothing
            """, kind, jobs.map(\.key), jobs.map { String(decoding: $0.payload, as: UTF8.self) })
    }

    /// Claims due jobs of these kinds, those that wait longest first; what others are claiming is skipped.
    func claim(_ kinds: [String], limit: Int, lease: Duration) async throws -> [Job] {
        try await postgres.query(
            """
            update platform.jobs j
               set state = 'running', attempts = j.attempts + 1, run_at = now() + make_interval(secs => $3), updated_at = now()
              from (select kind, key from platform.jobs
                     where kind = any ($1) and state in ('ready', 'running') and run_at <= now()
                     order by run_at limit $2 for no key update skip locked) due
             where j.kind = due.kind and j.key = due.key
            returning j.kind, j.key, j.attempts - j.forgiven, j.payload, j.attempts
            """, kinds, Int32(clamping: limit), lease.secondsAndParts
        ).map { row in
            Job(
                kind: try row.string(0), key: try row.string(1), attempt: try row.int(2), payload: try row.bytes(3),
                claim: try row.int32(4))
        }
    }

    /// Puts the end of claims off; returns those that are still ours, by kind and key.
    func renew(_ jobs: [Job], lease: Duration) async throws -> Set<JobName> {
        let rows = try await postgres.query(
            Self.renewing, jobs.map(\.kind), jobs.map(\.key), jobs.map(\.claim), lease.secondsAndParts)
        return Set(try rows.map { JobName(kind: try $0.string(0), key: try $0.string(1)) })
    }

    /// Ends jobs, in one statement; those that others have taken over are left to them.
    ///
    /// - Parameter forgetting: empties their payloads: what was in them is of no more use, and somebody's own.
    func finish(_ jobs: [Job], forgetting: Bool) async throws {
        _ = try await postgres.query(
            Self.finishing, jobs.map(\.kind), jobs.map(\.key), jobs.map(\.claim), forgetting)
    }

    /// What is done to claims that are still ours, `$1` to `$3` being their kinds, keys and numbers: others' are left to them, and the
    /// rows are locked in the order of their names.
    private static func ofHeld(_ change: String) -> PostgresSQL {
        PostgresSQL(
            text: """
                with held as (
                  select j.kind, j.key from platform.jobs j join unnest($1::text[], $2::text[], $3::int[]) u(kind, key, claim)
                      on u.kind = j.kind and u.key = j.key and u.claim = j.attempts
                   where j.state = 'running' order by j.kind, j.key for no key update of j)
                update platform.jobs j set \(change)
                  from held where j.kind = held.kind and j.key = held.key returning j.kind, j.key
                """)
    }
    private static let renewing = ofHeld("run_at = now() + make_interval(secs => $4)")
    private static let finishing = ofHeld(
        """
        state = 'done', last_error = null, updated_at = now(), payload = case when $4 then '{}'::jsonb else j.payload end
        """)

    /// Puts a job back for later, or gives it up for a person to look at.
    func fail(_ job: Job, reason: String, isDead: Bool, pause: Duration) async throws {
        try await postgres.execute(
            """
            update platform.jobs
               set state = case when $4 then 'dead' else 'ready' end, last_error = left($5, 500),
                   run_at = now() + make_interval(secs => $6), updated_at = now()
             where kind = $1 and key = $2 and attempts = $3 and state = 'running'
            """, job.kind, job.key, job.claim, isDead, reason, pause.secondsAndParts)
    }

    /// Deletes jobs that were done over `doneKeeping` ago, at most so many; returns how many. Dead ones stay for a person, and those
    /// that guard money for good: that late or unwanted money, or its review, was owed once is what keeps it from going back twice.
    func reap(limit: Int) async throws -> Int {
        let keeping = Double(Self.doneKeeping.components.seconds)
        let others = try await postgres.execute(
            """
            delete from platform.jobs j
             using (select kind, key from platform.jobs
                     where state = 'done' and kind not like 'payment.%' and updated_at < now() - make_interval(secs => $1)
                     order by updated_at limit $2 for update skip locked) old
             where j.kind = old.kind and j.key = old.key
            """, keeping, Int32(clamping: limit))
        guard others < limit else { return others }
        // As the predicate of their index (jobs_done_of_payments) says it.
        return try await others
            + postgres.execute(
                """
                delete from platform.jobs j
                 using (select kind, key from platform.jobs
                         where state = 'done' and kind like 'payment.%'
                           and kind not in ('payment.late', 'payment.refund', 'payment.refund_duplicate', 'payment.review')
                           and updated_at < now() - make_interval(secs => $1)
                         order by updated_at limit $2 for update skip locked) old
                 where j.kind = old.kind and j.key = old.key
                """, keeping, Int32(clamping: limit - others))
    }

    /// How long a done job's name keeps the same from being owed again: longer than anybody sends, or is sent, a thing twice.
    static let doneKeeping: Duration = .seconds(30 * 86_400)

    /// Seconds that the jobs of each kind are behind: the one that waits longest since it was due. Kinds with none, and those that wait for
    /// a person, are left out.
    public func lags() async throws -> [(kind: String, seconds: Double)] {
        try await postgres.query(
            """
            select kind, extract(epoch from now() - min(run_at))::float8 from platform.jobs
             where state in ('ready', 'running') and run_at <= now() and kind <> all ($1) group by kind
            """, Self.alerts.sorted()
        ).map { (try $0.string(0), try $0.double(1)) }
    }

    /// The states of jobs that are not done.
    public static let openStates = ["ready", "running", "dead"]

    /// How many jobs of each kind and state there are, the done ones aside.
    public func counts() async throws -> [(kind: String, state: String, count: Int)] {
        try await postgres.query(
            "select kind, state, count(*) from platform.jobs where state <> 'done' group by kind, state"
        ).map { (try $0.string(0), try $0.string(1), try $0.int(2)) }
    }
}

/// What a job is called.
struct JobName: Hashable, Sendable {
    let kind: String
    let key: String

    init(kind: String, key: String) {
        self.kind = kind
        self.key = key
    }

    init(_ job: Job) {
        self.init(kind: job.kind, key: job.key)
    }
}

extension Duration {
    /// Seconds with a fraction, as intervals are made of.
    var secondsAndParts: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
