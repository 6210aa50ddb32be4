// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import TestSupport

/// Somebody for each principal of `PermissionMatrix`, and two admins for each permission.
struct MatrixPeople: Sendable {
    private let tokens: [PermissionMatrix.Principal: String]
    private let with: [String: String]
    private let without: [String: String]

    /// The token with which a principal calls a route under a rule; nil for who sends none.
    func token(_ principal: PermissionMatrix.Principal, _ rule: PermissionMatrix.Rule) -> String? {
        guard let permission = rule.permission else { return tokens[principal] }
        switch principal {
        case .adminWith: return with[permission]
        case .adminWithout: return without[permission]
        default: return tokens[principal]
        }
    }

    /// What the accounts say of somebody.
    private struct Account {
        let roles: String
        var permissions: [String] = []
        var status = "active"
        var hasSecondFactor = true
        var isLoggedOut = false
        var audience = Audience.all
    }

    private static let everything = "customer,seller,admin"

    private static func account(_ principal: PermissionMatrix.Principal) -> Account? {
        switch principal {
        case .nobody: nil
        case .forger, .customer, .member: Account(roles: "customer")
        case .loggedOut: Account(roles: "customer", isLoggedOut: true)
        case .blocked: Account(roles: everything, permissions: ["super"], status: "blocked")
        case .pending: Account(roles: "customer", status: "pending_verification")
        case .seller: Account(roles: "seller")
        // Where no permission is asked for, one without and one with any are the same.
        case .adminWithout: Account(roles: "admin")
        case .adminWith: Account(roles: "admin", permissions: PermissionMatrix.permissions)
        case .oneFactor: Account(roles: "admin", permissions: ["super"], hasSecondFactor: false)
        case .asCustomer: Account(roles: everything, permissions: ["super"], audience: .customer)
        case .asSeller: Account(roles: everything, permissions: ["super"], audience: .seller)
        case .asAdmin: Account(roles: everything, permissions: ["super"], audience: .admin)
        }
    }

    /// Writes them into a shop of `LiveShop`.
    static func move(into database: TestDatabase) async throws -> MatrixPeople {
        let issuer = await AccessTokens(secret: try ServerProcess.secret())
        var (next, script) = (Int64(7000), "")
        var (tokens, with, without): ([PermissionMatrix.Principal: String], [String: String], [String: String]) =
            ([:], [:], [:])
        func add(_ account: Account) async throws -> (id: Int64, token: String) {
            next += 1
            script += sql(account, next)
            let token = try await issuer.issue(
                user: ID(rawValue: next), session: ID(rawValue: next), audience: account.audience,
                lifetime: .seconds(3600))
            return (next, token)
        }
        for principal in PermissionMatrix.Principal.allCases {
            guard let account = Self.account(principal) else { continue }
            let (id, token) = try await add(account)
            tokens[principal] = principal == .forger ? String(token.dropLast(8)) + "AAAAAAAA" : token
            if principal == .member { script += company(id) }
            if [.seller, .asSeller].contains(principal) { script += seller(id) }
        }
        for permission in PermissionMatrix.permissions {
            with[permission] = try await add(Account(roles: "admin", permissions: [permission])).token
            let others = PermissionMatrix.permissions.filter { $0 != permission }
            without[permission] = try await add(Account(roles: "admin", permissions: others)).token
        }
        _ = try await database.sql(script)
        return MatrixPeople(tokens: tokens, with: with, without: without)
    }

    private static func sql(_ account: Account, _ id: Int64) -> String {
        let permissions = account.permissions.joined(separator: ",")
        let end = account.isLoggedOut ? "now(), 'logged out'" : "null, null"
        let person = """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, roles, permissions, status)
            values (\(id), 'm\(id)@example.org', 'm\(id)@example.org', 'none', 'Matrix', '{\(account.roles)}', '{\(permissions)}',
                    '\(account.status)');
            insert into accounts.sessions (id, user_id, revoked_at, revoke_reason) values (\(id), \(id), \(end));

            """
        guard account.hasSecondFactor else { return person }
        return person + """
            insert into accounts.second_factors (user_id, secret, enrolled_at) values (\(id), decode('00', 'hex'), now());

            """
    }

    private static func company(_ user: Int64) -> String {
        """
        insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
        values (\(user), 'Matrix Ltd', '29AAGCB7383J1Z4', 'AAGCB7383J', 'bills@example.org', 'verified');
        insert into companies.members (company_id, user_id, role) values (\(user), \(user), 'viewer');

        """
    }

    private static func seller(_ user: Int64) -> String {
        """
        insert into sellers.sellers (id, owner_user_id, slug, business_name, status, state_code)
        values (\(user), \(user), 'matrix-\(user)', 'Matrix', 'active', 'KA');

        """
    }
}
