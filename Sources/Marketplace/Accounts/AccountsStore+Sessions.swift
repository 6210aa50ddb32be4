// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of logins: sessions and the refresh tokens of each.
extension AccountsStore {
    /// A refresh token with its family.
    struct Family: Sendable {
        let session: SessionID
        let user: UserID
        let audience: Audience
        let isRevoked: Bool
        /// A successor has been used: presenting it again is theft or a broken client.
        let isSuperseded: Bool
        let isExpired: Bool
        let wasUsed: Bool
        let status: UserStatus
    }

    /// Successors of one token that may be unused at once: answers that were lost, tabs that refresh together.
    private static let siblingsMax = 8

    /// Opens a session with its first refresh token.
    static func open(
        _ session: SessionID, user: UserID, audience: Audience, deviceName: String?, refresh: RefreshToken,
        in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            with opened as (
              insert into accounts.sessions (id, user_id, audience, device_name) values ($1, $2, $3, $4) returning id)
            insert into accounts.refresh_tokens (token_hash, session_id, expires_at)
            select $5, id, now() + make_interval(secs => $6) from opened
            """, session.rawValue, user.rawValue, audience == .all ? nil : audience.rawValue, deviceName, refresh.hash,
            RefreshToken.lifetimeSeconds)
    }

    /// What a refresh token's family is now, whose row is not locked; nil when the token is none of ours.
    static func family(
        of token: RefreshToken, in client: some PostgresClient
    ) async throws(PostgresError) -> Family? {
        let row = try await client.first(
            """
            select s.id, s.user_id, s.audience, s.revoked_at is not null, t.superseded_at is not null,
                   t.expires_at <= now(), t.first_used_at is not null, u.status
              from accounts.refresh_tokens t
              join accounts.sessions s on s.id = t.session_id
              join accounts.users u on u.id = s.user_id
             where t.token_hash = $1
            """, token.hash)
        guard let row else { return nil }
        return Family(
            session: SessionID(rawValue: try row.int64(0)), user: UserID(rawValue: try row.int64(1)),
            audience: try audience(row, 2), isRevoked: try row.bool(3), isSuperseded: try row.bool(4),
            isExpired: try row.bool(5), wasUsed: try row.bool(6), status: try status(row, 7))
    }

    /// Locks a token's family and reads what decides about it.
    static func lock(
        _ token: RefreshToken, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Family? {
        let locked = try await transaction.first(
            """
            select s.id from accounts.sessions s
             where s.id = (select t.session_id from accounts.refresh_tokens t where t.token_hash = $1)
             order by s.id for no key update
            """, token.hash)
        guard locked != nil else { return nil }
        // Read after the lock was had: what another refresh of this family has just done counts.
        return try await family(of: token, in: transaction)
    }

    private static func audience(_ row: PostgresRow, _ column: Int) throws(PostgresError) -> Audience {
        guard let name = try row.stringOrNil(column) else { return .all }
        guard let audience = Audience(rawValue: name) else {
            throw PostgresError(.decoding, outcome: .unknown, "a session has an unknown audience")
        }
        return audience
    }

    /// Gives a token its successor. Its first use ends every other token of the family: predecessors and siblings.
    static func rotate(
        _ token: RefreshToken, of family: Family, to successor: RefreshToken, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        if !family.wasUsed {
            try await transaction.execute(
                """
                update accounts.refresh_tokens set superseded_at = now()
                 where session_id = $1 and token_hash <> $2 and superseded_at is null
                """, family.session.rawValue, token.hash)
        }
        try await transaction.execute(
            """
            update accounts.refresh_tokens
               set first_used_at = coalesce(first_used_at, now()), successor_hash = $2 where token_hash = $1
            """, token.hash, successor.hash)
        try await transaction.execute(
            """
            insert into accounts.refresh_tokens (token_hash, session_id, predecessor_hash, expires_at)
            values ($1, $2, $3, now() + make_interval(secs => $4))
            """, successor.hash, family.session.rawValue, token.hash, RefreshToken.lifetimeSeconds)
        try await transaction.execute(
            """
            delete from accounts.refresh_tokens where token_hash in (
              select token_hash from accounts.refresh_tokens
               where session_id = $1 and predecessor_hash = $2 and first_used_at is null
               order by created_at desc, token_hash offset $3)
            """, family.session.rawValue, token.hash, siblingsMax)
        try await transaction.execute(
            "update accounts.sessions set last_used_at = now() where id = $1", family.session.rawValue)
    }

    /// Closes one session of a user; one that is closed already stays as it is. Every process hears of it with the commit.
    static func close(
        _ session: SessionID, of user: UserID, reason: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.sessions set revoked_at = now(), revoke_reason = $3
             where id = $1 and user_id = $2 and revoked_at is null
            """, session.rawValue, user.rawValue, reason)
    }

    /// Closes all sessions of a user. Every process hears of it with the commit.
    static func closeAll(
        of user: UserID, reason: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.sessions set revoked_at = now(), revoke_reason = $2
             where user_id = $1 and revoked_at is null
            """, user.rawValue, reason)
    }

    /// The live states of users on their sessions; what does not exist, or does not belong together, is left out.
    static func liveStates(
        _ sessions: [UserSession], in client: some PostgresClient
    ) async throws(PostgresError) -> [UserSession: UserState] {
        // By the indexes whatever the statistics: a plan that was made while there were few users is kept for many.
        let rows = try await client.query(
            """
            select u.id, s.id, u.roles, u.permissions, u.status, s.revoked_at is null,
                   'admin' = any (u.roles) and exists (
                     select 1 from accounts.second_factors f where f.user_id = u.id and f.enrolled_at is not null),
                   (select m.company_id from accounts.sole_companies m where m.user_id = u.id)
              from unnest($1::bigint[], $2::bigint[]) wanted(user_id, session_id)
             cross join lateral (
                select i.id, i.user_id, i.revoked_at from accounts.sessions i
                 where i.id = wanted.session_id and i.user_id = wanted.user_id limit 1) s
             cross join lateral (
                select i.id, i.roles, i.permissions, i.status from accounts.users i where i.id = s.user_id limit 1) u
            """, sessions.map(\.user.rawValue), sessions.map(\.session.rawValue))
        var states: [UserSession: UserState] = [:]
        for row in rows {
            let session = UserSession(
                user: UserID(rawValue: try row.int64(0)), session: SessionID(rawValue: try row.int64(1)))
            states[session] = UserState(
                roles: Roles(names: try row.decode(2, as: [String].self)),
                permissions: Permissions(names: try row.decode(3, as: [String].self)), status: try status(row, 4),
                isSessionOpen: try row.bool(5), hasSecondFactor: try row.bool(6),
                company: try row.int64OrNil(7).map { CompanyID(rawValue: $0) })
        }
        return states
    }
}
