// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// A login as its owner sees it.
struct SessionSummary: Sendable {
    let id: SessionID
    let deviceName: String?
    let audience: String?
    let createdAt: Timestamp
    let lastUsedAt: Timestamp

    /// Writes the session; `current` is the one of the request.
    func write(to json: inout JSONWriter, current: SessionID?) {
        json.object { json in
            json.field("id", id)
            json.fieldIfPresent("device_name", deviceName)
            json.fieldIfPresent("audience", audience)
            json.field("created_at", createdAt)
            json.field("last_used_at", lastUsedAt)
            if let current { json.field("current", current == id) }
        }
    }
}

extension AccountsStore {
    /// Sessions in a list: the newest; who has more ends them all.
    static let sessionsMax: Int64 = 100

    /// The open sessions of a user, newest first. One whose last refresh token has run out is not open any more.
    static func sessions(
        of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> [SessionSummary] {
        let rows = try await client.query(
            """
            select s.id, s.device_name, s.audience, s.created_at, s.last_used_at from accounts.sessions s
             where s.user_id = $1 and s.revoked_at is null
               and s.last_used_at > now() - make_interval(secs => $2)
             order by s.created_at desc, s.id desc limit $3
            """, user.rawValue, RefreshToken.lifetimeSeconds, sessionsMax)
        var sessions: [SessionSummary] = []
        for row in rows {
            sessions.append(
                SessionSummary(
                    id: SessionID(rawValue: try row.int64(0)), deviceName: try row.stringOrNil(1),
                    audience: try row.stringOrNil(2), createdAt: Timestamp(microseconds: try row.timestamp(3)),
                    lastUsedAt: Timestamp(microseconds: try row.timestamp(4))))
        }
        return sessions
    }

    /// Whether a session is the user's, open or not.
    static func owns(
        _ session: SessionID, _ user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.first(
            "select 1 from accounts.sessions where id = $1 and user_id = $2", session.rawValue, user.rawValue) != nil
    }

    /// Closes all sessions of a user but one. Every process hears of it with the commit.
    static func closeOthers(
        than session: SessionID, of user: UserID, reason: String, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.sessions set revoked_at = now(), revoke_reason = $3
             where user_id = $1 and id <> $2 and revoked_at is null
            """, user.rawValue, session.rawValue, reason)
    }
}
