// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// The SQL of companies and their members.
///
/// A company's row is the lock of its members: whoever changes one of them locks it first.
enum CompaniesStore {
    /// Members of one company: each is shown in the one answer that lists them.
    static let membersMax = 200

    // MARK: Companies

    /// Adds a company with its first member; nil where the tax number is a verified company's. Of those that only claim it there
    /// may be several: which of them it is, the verification says.
    static func insert(
        _ id: CompanyID, legalName: String, gstin: GSTIN, billingEmail: String, admin: UserID,
        in client: some PostgresClient
    ) async throws(PostgresError) -> Company? {
        let row = try await client.first(
            """
            insert into companies.companies (id, legal_name, gstin, pan, billing_email)
            select $1, $2, $3, $4, $5
             where not exists (select 1 from companies.companies c where c.gstin = $3 and c.status = 'verified')
            returning id, legal_name, gstin, pan, billing_email, status, status_note, version, created_at
            """, id.rawValue, legalName, gstin.text, gstin.pan, billingEmail)
        guard let row else { return nil }
        try await client.execute(
            "insert into companies.members (company_id, user_id, role) values ($1, $2, 'admin')", id.rawValue,
            admin.rawValue)
        return try company(row)
    }

    /// The company; nil when there is none.
    static func company(_ id: CompanyID, in client: some PostgresClient) async throws(PostgresError) -> Company? {
        try await client.first(
            """
            select id, legal_name, gstin, pan, billing_email, status, status_note, version, created_at
              from companies.companies where id = $1
            """, id.rawValue
        ).map(company)
    }

    /// The company, locked until the transaction ends.
    static func locked(_ id: CompanyID, in client: some PostgresClient) async throws(PostgresError) -> Company? {
        try await client.first(
            """
            select id, legal_name, gstin, pan, billing_email, status, status_note, version, created_at
              from companies.companies where id = $1 order by id for update
            """, id.rawValue
        ).map(company)
    }

    /// Changes a locked company; nil where the tax number is a verified company's.
    static func update(
        _ id: CompanyID, legalName: String, gstin: GSTIN, billingEmail: String, status: CompanyStatus, note: String?,
        in client: some PostgresClient
    ) async throws(PostgresError) -> Company? {
        do {
            return try await client.first(
                """
                update companies.companies
                   set legal_name = $2, gstin = $3, pan = $4, billing_email = $5, status = $6, status_note = $7,
                       version = version + 1, updated_at = now()
                 where id = $1
                   and (gstin = $3 or not exists (
                     select 1 from companies.companies c where c.gstin = $3 and c.status = 'verified'))
                returning id, legal_name, gstin, pan, billing_email, status, status_note, version, created_at
                """, id.rawValue, legalName, gstin.text, gstin.pan, billingEmail, status.rawValue, note
            ).map(company)
        } catch  where error.sqlstate == "23505" {
            return nil
        }
    }

    private static func company(_ row: PostgresRow) throws(PostgresError) -> Company {
        Company(
            id: CompanyID(rawValue: try row.int64(0)), legalName: try row.string(1), gstin: try row.string(2),
            pan: try row.string(3), billingEmail: try row.string(4),
            // An unknown one is not verified: an older server grants less.
            status: CompanyStatus(rawValue: try row.string(5)) ?? .pending, statusNote: try row.stringOrNil(6),
            version: try row.int64(7), createdAt: Timestamp(microseconds: try row.timestamp(8)))
    }

    // MARK: Members

    /// What a user is to a company; nil when they do not belong to it.
    static func role(
        of user: UserID, in company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) -> CompanyRole? {
        try await client.first(
            "select role from companies.members where company_id = $1 and user_id = $2", company.rawValue, user.rawValue
        ).map { row throws(PostgresError) in role(try row.string(0)) }
    }

    /// Whether a user may buy for a company, which must be verified.
    static func mayBuy(
        _ user: UserID, for company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.query("select checkout.may_buy_v1($1, $2)", user.rawValue, company.rawValue).only().bool(0)
    }

    /// The members of a company, those who were added first before the others.
    static func members(
        of company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) -> [CompanyMember] {
        let rows = try await client.query(
            """
            select user_id, role, added_at from companies.members where company_id = $1
             order by added_at, user_id limit $2
            """, company.rawValue, Int64(membersMax))
        var members: [CompanyMember] = []
        for row in rows {
            members.append(
                CompanyMember(
                    user: UserID(rawValue: try row.int64(0)), role: role(try row.string(1)),
                    addedAt: Timestamp(microseconds: try row.timestamp(2))))
        }
        return members
    }

    /// The companies that a user belongs to, with their names.
    static func companies(
        of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> [(id: CompanyID, name: String, role: CompanyRole)] {
        let rows = try await client.query(
            """
            select c.id, c.legal_name, m.role from companies.members m join companies.companies c on c.id = m.company_id
             where m.user_id = $1 order by c.id limit 100
            """, user.rawValue)
        var companies: [(id: CompanyID, name: String, role: CompanyRole)] = []
        for row in rows {
            companies.append((CompanyID(rawValue: try row.int64(0)), try row.string(1), role(try row.string(2))))
        }
        return companies
    }

    /// Makes a user a member with a role, or gives a member another one. The company is locked.
    static func set(
        _ role: CompanyRole, of user: UserID, in company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            insert into companies.members (company_id, user_id, role) values ($1, $2, $3)
            on conflict (company_id, user_id) do update set role = excluded.role
            """, company.rawValue, user.rawValue, role.rawValue)
    }

    /// Ends a membership. The company is locked.
    static func remove(
        _ user: UserID, from company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            "delete from companies.members where company_id = $1 and user_id = $2", company.rawValue, user.rawValue)
    }

    /// Has these users' carts, or everybody's, be for the company no longer; after the change that says so.
    static func takeCarts(
        of users: [UserID]?, from company: CompanyID, in client: some PostgresClient
    ) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(company.rawValue)
        if let users {
            parameters.appendArray(users) { $0.rawValue }
            _ = try await client.query("select checkout.leave_company_v1($1, $2)", with: parameters)
        } else {
            _ = try await client.query("select checkout.leave_company_v1($1, null)", with: parameters)
        }
    }

    /// An unknown role may look on.
    private static func role(_ text: String) -> CompanyRole {
        CompanyRole(rawValue: text) ?? .viewer
    }
}
