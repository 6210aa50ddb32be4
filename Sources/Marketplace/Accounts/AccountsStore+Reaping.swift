// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of what counts for nothing any more.
extension AccountsStore {
    /// Deletes refresh tokens that have expired, and sessions that have none left. A token that was replaced stays until it would have
    /// expired: presented before, it gives its family away.
    ///
    /// A user's newest session stays without tokens: it says when the user last logged in.
    ///
    /// - Returns: how many tokens are gone, `limit` at most.
    /// - Cost: two statements, by `refresh_tokens_expiry` and by the sessions of those whose tokens they were. It waits for
    ///   nobody's lock: a session that somebody ends just now goes another time.
    static func reapSessions(limit: Int, in pool: PostgresPool) async throws -> Int {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(
                """
                with dead as (
                  select token_hash from accounts.refresh_tokens where expires_at <= now()
                   order by expires_at, token_hash limit $1 for update skip locked)
                delete from accounts.refresh_tokens t using dead where t.token_hash = dead.token_hash returning t.session_id
                """, Int64(limit))
            var sessions: Set<Int64> = []
            for row in rows { sessions.insert(try row.int64(0)) }
            guard !sessions.isEmpty else { return 0 }
            // Of these users all, not these alone: what was the newest before is not any more.
            try await transaction.execute(
                """
                with users as (select distinct user_id from accounts.sessions where id = any ($1)),
                dead as (
                  select s.id from accounts.sessions s
                   where s.user_id in (select user_id from users)
                     and s.last_used_at <= now() - make_interval(secs => $2)
                     and not exists (select 1 from accounts.refresh_tokens t where t.session_id = s.id)
                     and exists (select 1 from accounts.sessions n
                                  where n.user_id = s.user_id and (n.created_at, n.id) > (s.created_at, s.id))
                   order by s.id for update skip locked)
                delete from accounts.sessions s using dead where s.id = dead.id
                """, sessions.sorted(), RefreshToken.lifetimeSeconds)
            return rows.count
        }
    }

    /// Deletes proofs that have expired. Used ones stay until then: they count among the mails of a day.
    static func reapProofs(limit: Int, in client: some PostgresClient) async throws(PostgresError) -> Int {
        try await client.execute(
            """
            with dead as (
              select token_hash from accounts.mail_tokens where expires_at <= now()
               order by expires_at, token_hash limit $1 for update skip locked)
            delete from accounts.mail_tokens t using dead where t.token_hash = dead.token_hash
            """, Int64(limit))
    }

    /// Deletes counts of failed log-ins whose window is over: the next failure begins a new one.
    static func reapFailures(limit: Int, in client: some PostgresClient) async throws(PostgresError) -> Int {
        try await client.execute(
            """
            with dead as (
              select email_hash from accounts.login_failures
               where window_start < now() - make_interval(secs => $2) and coalesce(locked_until <= now(), true)
               order by window_start, email_hash limit $1 for update skip locked)
            delete from accounts.login_failures f using dead where f.email_hash = dead.email_hash
            """, Int64(limit), Double(failureWindowSeconds))
    }
}
