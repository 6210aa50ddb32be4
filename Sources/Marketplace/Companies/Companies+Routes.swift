// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the companies need from other contexts.
public struct CompanyPorts: Sendable {
    /// Names and mail addresses of users; who does not exist is left out.
    public let people: @Sendable ([UserID]) async throws -> [UserID: (name: String, email: String)]
    /// Whom these users buy for may have changed; their change is committed.
    public let changed: @Sendable ([UserID]) async -> Void

    /// Binds the ports.
    public init(
        people: @escaping @Sendable ([UserID]) async throws -> [UserID: (name: String, email: String)],
        changed: @escaping @Sendable ([UserID]) async -> Void
    ) {
        self.people = people
        self.changed = changed
    }
}

/// What the companies' endpoints are made of.
public struct CompaniesDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let ports: CompanyPorts
    let ids: IDGenerator
    let mailTokens: MailTokens

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, ports: CompanyPorts, ids: IDGenerator,
        mailTokens: MailTokens
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.ports = ports
        self.ids = ids
        self.mailTokens = mailTokens
    }
}

/// The endpoints of companies that buy. Who does not belong to a company does not learn that it exists.
public func companyRoutes(_ dependencies: CompaniesDependencies) -> [Route] {
    let gate = dependencies.gate
    let create = CreateCompany(dependencies: dependencies)
    let read = ReadCompany(dependencies: dependencies)
    let update = UpdateCompany(dependencies: dependencies)
    let members = ListMembers(dependencies: dependencies)
    let invite = InviteMember(dependencies: dependencies)
    let accept = AcceptInvitation(dependencies: dependencies)
    let setRole = SetMemberRole(dependencies: dependencies)
    let remove = RemoveMember(dependencies: dependencies)
    let verify = VerifyCompany(dependencies: dependencies)
    return [
        gate.route(.post, "/api/companies/create/", name: "companies.create", idempotency: .accepted) {
            try await create.handle($0, $1)
        }.described(as: CreateCompany.description),
        gate.route(.get, "/api/companies/detail/", name: "companies.detail", query: ["id"]) {
            try await read.handle($0, $1)
        }.described(as: ReadCompany.description),
        gate.route(.put, "/api/companies/update/", name: "companies.update", idempotency: .accepted) {
            try await update.handle($0, $1)
        }.described(as: UpdateCompany.description),
        gate.route(.get, "/api/companies/members/", name: "companies.members", query: ["id"]) {
            try await members.handle($0, $1)
        }.described(as: ListMembers.description),
        gate.route(.post, "/api/companies/members/invite/", name: "companies.members.invite", idempotency: .accepted) {
            try await invite.handle($0, $1)
        }.described(as: InviteMember.description),
        gate.route(.post, "/api/companies/members/accept/", name: "companies.members.accept", idempotency: .accepted) {
            try await accept.handle($0, $1)
        }.described(as: AcceptInvitation.description),
        gate.route(
            .post, "/api/companies/members/set-role/", name: "companies.members.set-role", idempotency: .accepted
        ) {
            try await setRole.handle($0, $1)
        }.described(as: SetMemberRole.description),
        gate.route(.post, "/api/companies/members/remove/", name: "companies.members.remove", idempotency: .accepted) {
            try await remove.handle($0, $1)
        }.described(as: RemoveMember.description),
        gate.route(
            .post, "/api/admin/companies/verify/", name: "admin.companies.verify", role: .admin,
            permission: .usersWrite,
            idempotency: .accepted
        ) {
            try await verify.handle($0, $1)
        }.described(as: VerifyCompany.description),
    ]
}

/// Whether a user may buy for a company, as committed now; for carts and for the prices that a product shows.
public func companiesMayBuy(pool: PostgresPool) -> @Sendable (UserID, CompanyID) async throws -> Bool {
    { user, company in try await CompaniesStore.mayBuy(user, for: company, in: pool) }
}

/// Whether a user belongs to a company, in whatever role.
public func companiesHaveMember(pool: PostgresPool) -> @Sendable (CompanyID, UserID) async throws -> Bool {
    { company, user in try await CompaniesStore.role(of: user, in: company, in: pool.reads) != nil }
}

/// The companies that a user belongs to, for the profile.
public func companiesOfUser(
    pool: PostgresPool
) -> @Sendable (UserID) async throws -> [(id: CompanyID, name: String, role: String)] {
    { user in
        try await CompaniesStore.companies(of: user, in: pool.reads).map { ($0.id, $0.name, $0.role.rawValue) }
    }
}
