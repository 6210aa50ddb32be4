// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension JobStore {
    /// Ends the mails to somebody, or about their address, that were given up: nobody looks into them any more, and nothing of what
    /// they say is kept. Those that were sent keep nothing anyway.
    ///
    /// - Cost: one statement over the mails that were given up, by `jobs_dead`.
    static func forgetMails(
        to user: UserID, _ email: String, kind: String, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            with theirs as (
              select j.kind, j.key from platform.jobs j
               where j.state = 'dead' and j.kind = $1
                 and (j.payload->>'user' = $2 or lower($3) in (lower(j.payload->>'address'), lower(j.payload->'data'->>'new_email')))
               order by j.kind, j.key for no key update)
            update platform.jobs j set state = 'done', payload = '{}', last_error = null, updated_at = now()
              from theirs where j.kind = theirs.kind and j.key = theirs.key
            """, kind, "\(user.rawValue)", email)
    }
}
