// SPDX-License-Identifier: Apache-2.0
import Companies
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

/// The endpoints of companies, and people: 1…9 have accounts with the addresses `p1@loom.example` …; 90 is an admin, 91 one
/// without the permission.
struct CompaniesFixture: Sendable {
    let base: RoutesFixture
    private let tokens: [Int64: String]
    /// Of whom it was told that they may buy for another company now.
    let told: Told

    final class Told: Sendable {
        private let users = Mutex<[[Int64]]>([])

        func add(_ changed: [UserID]) { users.withLock { $0.append(changed.map(\.rawValue).sorted()) } }

        /// Since it was asked last, change by change.
        func take() -> [[Int64]] {
            users.withLock { users in
                defer { users = [] }
                return users
            }
        }
    }

    static let gstin = "29AAGCB7383J1Z4"
    static let otherGSTIN = "27AAPFU0939F1ZV"

    // MARK: Bodies

    static func body(
        gstin: String = Self.gstin, name: String = "Loom Traders", email: String = "bills@loom.example",
        extra: String = ""
    ) -> String {
        #"{"legal_name":"\#(name)","gstin":"\#(gstin)","billing_email":"\#(email)"\#(extra)}"#
    }

    /// A member and a role of theirs.
    static func role(_ company: String, _ user: Int64, _ role: String) -> String {
        #"{"id":"\#(company)","user_id":"\#(UserID(rawValue: user))","role":"\#(role)"}"#
    }

    /// A member.
    static func reference(_ company: String, _ user: Int64) -> String {
        #"{"id":"\#(company)","user_id":"\#(UserID(rawValue: user))"}"#
    }

    // MARK: Calls

    static func with(_ body: @escaping @Sendable (CompaniesFixture) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            var tokens: [Int64: String] = [:]
            for number in Int64(1)...9 { tokens[number] = try await base.token(of: number) }
            tokens[90] = try await base.token(of: 90, roles: .admin, permissions: .usersWrite)
            tokens[91] = try await base.token(of: 91, roles: .admin, permissions: .ordersWrite)
            let told = Told()
            let ports = CompanyPorts(
                people: { users in
                    Dictionary(
                        uniqueKeysWithValues: users.map {
                            ($0, (name: "Person \($0.rawValue)", email: "p\($0.rawValue)@loom.example"))
                        })
                }, changed: { told.add($0) })
            base.serve(
                companyRoutes(
                    CompaniesDependencies(
                        pool: base.pool, gate: base.gate, transactions: base.transactions, ports: ports, ids: base.ids,
                        mailTokens: base.mailTokens)))
            try await body(CompaniesFixture(base: base, tokens: tokens, told: told))
        }
    }

    func post(
        _ path: String, _ body: String, by user: Int64?, key: String? = nil, method: String = "POST",
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        try await base.send(
            method, "/api/\(path)/", body, token: user.flatMap { tokens[$0] }, key: key, headers: headers)
    }

    func get(_ path: String, by user: Int64?) async throws -> TestClient.Answer {
        try await base.send("GET", "/api/\(path)", token: user.flatMap { tokens[$0] })
    }

    /// A company of person 1; its id.
    func company(gstin: String = Self.gstin, isVerified: Bool = false) async throws -> String {
        let made = try await post(
            "companies/create",
            #"{"legal_name":"Loom Traders","gstin":"\#(gstin)","billing_email":"bills@loom.example"}"#, by: 1)
        #expect(made.status == 201)
        let id = try #require(try made.json["id"]?.string)
        if isVerified {
            let verified = try await post(
                "admin/companies/verify", #"{"id":"\#(id)","verified":true,"expected_version":1}"#, by: 90)
            #expect(verified.status == 200)
        }
        return id
    }

    /// Person `user` with a role, who is asked and accepts; the members afterwards, as `number role`.
    @discardableResult
    func invite(_ user: Int64, _ role: String, to company: String) async throws -> [String] {
        let asked = try await ask("p\(user)@loom.example", role, to: company)
        #expect(asked.status == 202)
        #expect(asked.body.isEmpty)
        let accepted = try await accept(try await newestInvitation(), by: user)
        #expect(accepted.status == 200)
        return try members(try await get("companies/members/?id=\(company)", by: 1))
    }

    /// The first admin asks whoever has an address.
    func ask(_ email: String, _ role: String = "buyer", to company: String, by user: Int64 = 1) async throws
        -> TestClient.Answer
    {
        try await post(
            "companies/members/invite", #"{"id":"\#(company)","email":"\#(email)","role":"\#(role)"}"#, by: user)
    }

    func accept(_ token: String, by user: Int64?, key: String? = nil) async throws -> TestClient.Answer {
        try await post("companies/members/accept", #"{"token":"\#(token)"}"#, by: user, key: key)
    }

    /// What the newest mail that is owed says.
    func newestInvitation() async throws -> String {
        let row = try await base.pool.query(
            "select payload from platform.jobs where kind = 'mail.send' order by created_at desc limit 1"
        ).only()
        let mail = try #require(Mail(payload: try row.bytes(0)))
        #expect(mail.template == .companyInvitation)
        let token = try #require(mail.token)
        return try #require(base.mailTokens.text(of: token))
    }

    func members(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.map { "\($0["full_name"]?.string ?? "") \($0["role"]?.string ?? "")" } ?? []
    }

    /// A cart of a person that is for the company.
    func cart(of user: Int64, for company: String) async throws {
        let id = try #require(CompanyID(company))
        try await base.pool.execute(
            "insert into carts.carts (id, user_id, company_id) values ($1, $1, $2)", user, id.rawValue)
    }

    /// Version and company of a person's cart.
    func cart(of user: Int64) async throws -> String {
        try await base.row("select version, company_id is not null from carts.carts where user_id = \(user)")
    }
}
