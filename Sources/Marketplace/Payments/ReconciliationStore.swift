// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// Runs of the comparison with the provider, and what they compare.
struct ReconciliationStore: Sendable {
    let pool: PostgresPool

    /// Records a run; false where the leader has one for the span already.
    static func begin(
        _ id: ReconciliationID, _ span: ReconciledSpan, origin: String, in client: some PostgresClient
    ) async throws -> Bool {
        try await client.execute(
            """
            insert into payments.reconciliations (id, from_at, to_at, origin) values ($1, $2, $3, $4)
            on conflict (from_at, to_at) where origin = 'leader' do nothing
            """, id.rawValue, PostgresTimestamp(microseconds: span.from.microseconds),
            PostgresTimestamp(microseconds: span.to.microseconds), origin) == 1
    }

    /// Yesterday in the store's time zone.
    static func yesterday(in client: some PostgresClient) async throws -> String {
        try await client.query(
            "select to_char(now() at time zone 'Asia/Kolkata' - interval '1 day', 'YYYY-MM-DD')"
        ).only().string(0)
    }

    /// Records the leader's run of yesterday in the store's time zone; false before one in the morning, and where it is there.
    static func beginYesterday(_ id: ReconciliationID, in client: some PostgresClient) async throws -> Bool {
        try await client.execute(
            """
            insert into payments.reconciliations (id, from_at, to_at, origin)
            select $1, (today - interval '1 day') at time zone 'Asia/Kolkata', today at time zone 'Asia/Kolkata', 'leader'
              from (select date_trunc('day', now() at time zone 'Asia/Kolkata') today) d
             where now() at time zone 'Asia/Kolkata' >= today + interval '1 hour'
            on conflict (from_at, to_at) where origin = 'leader' do nothing
            """, id.rawValue) == 1
    }

    /// A day in the store's time zone, today up to now; nil for one that has not begun. The date must be one of the calendar.
    static func day(_ date: String, in client: some PostgresClient) async throws -> ReconciledSpan? {
        let row = try await client.query(
            """
            select extract(epoch from x.day at time zone 'Asia/Kolkata')::bigint,
                   extract(epoch from least((x.day + interval '1 day') at time zone 'Asia/Kolkata', now()))::bigint
              from (select $1::text::date::timestamp as day) x
            """, date
        ).only()
        return ReconciledSpan(from: Timestamp(seconds: try row.int64(0)), to: Timestamp(seconds: try row.int64(1)))
    }

    /// One run; nil when there is none.
    static func run(_ id: ReconciliationID, in client: some PostgresClient) async throws -> Reconciliation? {
        try await client.first(SQL.byID, id.rawValue).map(Self.run)
    }

    /// A page of runs, newest first.
    static func runs(
        after: (createdAt: Timestamp, id: ReconciliationID)?, limit: Int, in client: some PostgresClient
    ) async throws -> [Reconciliation] {
        let position = after ?? (Timestamp(microseconds: .max), ReconciliationID(rawValue: .max))
        return try await client.query(
            SQL.page, PostgresTimestamp(microseconds: position.createdAt.microseconds), position.id.rawValue, limit
        ).map(Self.run)
    }

    /// What a run has found, those that are open first, at most so many.
    static func differences(
        of id: ReconciliationID, limit: Int, in client: some PostgresClient
    ) async throws -> [ReconciledDifference] {
        try await client.query(
            """
            select kind, difference, provider_id, order_id, theirs_minor, ours_minor, currency, note, repaired
              from payments.reconciliation_items where reconciliation_id = $1 order by repaired, id limit $2
            """, id.rawValue, limit
        ).map { row in
            guard let kind = ReconciledDifference.Kind(rawValue: try row.string(0)),
                let difference = ReconciledDifference.Difference(rawValue: try row.string(1))
            else { throw JournalError.fault("a difference of an unknown kind") }
            return ReconciledDifference(
                kind: kind, difference: difference, providerID: try row.string(2),
                order: try row.int64OrNil(3).map { OrderID(rawValue: $0) }, theirs: try row.int64OrNil(4),
                ours: try row.int64OrNil(5), currency: try row.stringOrNil(6), note: try row.stringOrNil(7),
                isRepaired: try row.bool(8))
        }
    }

    /// Goes from one position of a run to the next; nothing where another process has done so.
    func move(_ run: Reconciliation, to step: Reconciliation.Step, _ position: String) async throws {
        try await pool.execute(
            """
            update payments.reconciliations
               set step = $4, position = $5, state = case when $4 = 'end' then 'done' else 'running' end,
                   ended_at = case when $4 = 'end' then now() end
             where id = $1 and step = $2 and position = $3
            """, run.id.rawValue, run.step.rawValue, run.position, step.rawValue, position)
        guard step == .end else { return }
        try await pool.execute(
            "delete from payments.reconciliation_seen where reconciliation_id = $1", run.id.rawValue)
    }

    /// Notes that a run looks at an object; false where it has done so before.
    func see(_ kind: ReconciledDifference.Kind, _ name: String, in run: Reconciliation) async throws -> Bool {
        try await pool.execute(
            """
            insert into payments.reconciliation_seen (reconciliation_id, kind, provider_id) values ($1, $2, $3)
            on conflict do nothing
            """, run.id.rawValue, kind.rawValue, name) == 1
    }

    /// Whether a run has looked at an object.
    func hasSeen(_ kind: ReconciledDifference.Kind, _ name: String, in run: Reconciliation) async throws -> Bool {
        try await pool.first(
            """
            select 1 from payments.reconciliation_seen where reconciliation_id = $1 and kind = $2 and provider_id = $3
            """, run.id.rawValue, kind.rawValue, name) != nil
    }

    /// Counts an object that matches.
    func matches(_ run: Reconciliation) async throws {
        try await pool.execute(
            "update payments.reconciliations set matched = matched + 1 where id = $1", run.id.rawValue)
    }

    /// Writes a difference down, once for each object of a run.
    func record(_ item: ReconciledDifference, in run: Reconciliation) async throws {
        try await pool.execute(
            """
            insert into payments.reconciliation_items as i
                   (reconciliation_id, kind, difference, provider_id, order_id, theirs_minor, ours_minor, currency, note, repaired)
            values ($1, $2, $3, $4, $5, $6, $7, $8, left($9, 200), $10)
            on conflict (reconciliation_id, kind, provider_id) do update
               set repaired = i.repaired or excluded.repaired, note = coalesce(excluded.note, i.note)
            """, run.id.rawValue, item.kind.rawValue, item.difference.rawValue, item.providerID, item.order?.rawValue,
            item.theirs, item.ours, item.currency, item.note, item.isRepaired)
    }

    private static func run(_ row: PostgresRow) throws -> Reconciliation {
        guard
            let span = ReconciledSpan(
                from: Timestamp(microseconds: try row.timestamp(1)), to: Timestamp(microseconds: try row.timestamp(2))),
            let state = Reconciliation.State(rawValue: try row.string(4)),
            let step = Reconciliation.Step(rawValue: try row.string(5))
        else { throw JournalError.fault("a reconciliation in an unknown state") }
        return Reconciliation(
            id: ReconciliationID(rawValue: try row.int64(0)), span: span, origin: try row.string(3), state: state,
            step: step, position: try row.string(6), matched: try row.int(7), missingHere: try row.int(8),
            missingThere: try row.int(9), amountDiff: try row.int(10), repaired: try row.int(11),
            createdAt: Timestamp(microseconds: try row.timestamp(12)),
            endedAt: try row.timestampOrNil(13).map { Timestamp(microseconds: $0) })
    }

    private enum SQL {
        static let byID = PostgresSQL(text: "\(select) where r.id = $1")
        static let page = PostgresSQL(
            text: "\(select) where (r.created_at, r.id) < ($1, $2) order by r.created_at desc, r.id desc limit $3")

        private static let select = """
            select r.id, r.from_at, r.to_at, r.origin, r.state, r.step, r.position, r.matched, i.here, i.there, i.amount, i.repaired,
                   r.created_at, r.ended_at
              from payments.reconciliations r
             cross join lateral (
                select count(*) filter (where difference = 'missing_here') here,
                       count(*) filter (where difference = 'missing_there') there,
                       count(*) filter (where difference = 'amount_diff') amount, count(*) filter (where repaired) repaired
                  from payments.reconciliation_items where reconciliation_id = r.id) i
            """
    }
}
