// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of who is asked to belong to a company. The company is locked.
extension CompaniesStore {
    /// How long somebody has for an answer.
    private static let invitationSeconds: Double = 7 * 24 * 3600
    /// How long an address that was asked is left alone: more mails are no help to anybody.
    private static let pauseSeconds: Double = 300

    /// Members and those who were asked and can still answer.
    static func membersAndInvited(
        of company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) -> Int64 {
        try await client.query(
            """
            select (select count(*) from companies.members where company_id = $1)
                 + (select count(*) from companies.invitations where company_id = $1 and expires_at > now())
            """, company.rawValue
        ).only().int64(0)
    }

    /// Keeps an invitation in place of an earlier one to the same address; false where that was only just sent.
    static func invite(
        _ email: String, as role: CompanyRole, to company: CompanyID, by admin: UserID, token: MailToken,
        in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.first(
            """
            insert into companies.invitations as i (company_id, email, role, token_hash, invited_by, expires_at)
            values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
            on conflict (company_id, email) do update
               set role = excluded.role, token_hash = excluded.token_hash, invited_by = excluded.invited_by,
                   invited_at = now(), expires_at = excluded.expires_at
             where i.invited_at <= now() - make_interval(secs => $7)
            returning 1
            """, company.rawValue, email, role.rawValue, token.hash, admin.rawValue, invitationSeconds, pauseSeconds
        ) != nil
    }

    /// Removes what cannot be answered any more.
    static func removeExpired(of company: CompanyID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute(
            "delete from companies.invitations where company_id = $1 and expires_at <= now()", company.rawValue)
    }

    /// Removes every invitation to an address.
    static func forgetInvitations(to email: String, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute("delete from companies.invitations where email = $1", email)
    }

    /// Whose company a text of a mail is about; nil for one that is none.
    static func invited(
        by token: String, in client: some PostgresClient
    ) async throws(PostgresError) -> CompanyID? {
        try await client.first(
            "select company_id from companies.invitations where token_hash = $1", MailTokens.hash(of: token)
        ).map { row throws(PostgresError) in CompanyID(rawValue: try row.int64(0)) }
    }

    /// Takes an invitation: once, in its time, by the account that it was sent to, while who sent it still decides for the
    /// company; nil otherwise.
    static func take(
        _ token: String, email: String, in client: some PostgresClient
    ) async throws(PostgresError) -> CompanyRole? {
        try await client.first(
            """
            delete from companies.invitations i
             where i.token_hash = $1 and i.email = $2 and i.expires_at > now()
               and exists (select 1 from companies.members m
                            where m.company_id = i.company_id and m.user_id = i.invited_by and m.role = 'admin')
            returning i.role
            """, MailTokens.hash(of: token), email
        ).map { row throws(PostgresError) in CompanyRole(rawValue: try row.string(0)) ?? .viewer }
    }
}
