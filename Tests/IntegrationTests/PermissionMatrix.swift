// SPDX-License-Identifier: Apache-2.0

/// Who may call what: the permission matrix of the API's contract (its section 8 and the brackets behind each endpoint), written down
/// once more and by hand, so that a route that is declared with another access than was promised is found.
enum PermissionMatrix {
    /// Whom a route is for.
    enum Rule: Hashable, Sendable {
        /// Everybody; who they are is not asked.
        case everybody
        /// Everybody; a token that is sent must be a customer's.
        case nobodyOrCustomers
        /// Every logged-in user.
        case loggedIn
        /// Whoever once had a session.
        case formerly
        case customers
        case sellers
        /// Admins with this permission.
        case admins(String)
        /// Buyers and sellers, each their own side of it, and admins with this permission.
        case parties(String)
        /// Whoever has a link that was signed for them; a request without a signature is forbidden.
        case signedLink
        /// The payment provider, whose signature is judged by the endpoint.
        case provider

        /// What an admin needs.
        var permission: String? {
            switch self {
            case .admins(let permission), .parties(let permission): permission
            default: nil
            }
        }
    }

    /// Who asks.
    enum Principal: String, Hashable, Sendable, CaseIterable {
        /// Sends no token.
        case nobody
        /// Sends a token that nobody issued.
        case forger
        /// Their session is revoked.
        case loggedOut
        /// Has every role and permission, and is blocked.
        case blocked
        /// A customer whose mail address is not proven.
        case pending
        case customer
        /// A customer who belongs to a company, as its viewer.
        case member
        /// Owns a seller, and is no customer.
        case seller
        /// An admin with every permission but the one that the route needs.
        case adminWithout
        /// An admin with the permission that the route needs and no other.
        case adminWith
        /// An admin who may do everything and has no second factor, where one is required.
        case oneFactor
        /// Has every role and permission; the token is narrowed.
        case asCustomer, asSeller, asAdmin
    }

    /// What becomes of a request before anybody looks at what it asks for.
    enum Verdict: Character, Sendable {
        case through = "+"
        case missing = "m"
        case invalid = "i"
        case blocked = "b"
        case forbidden = "f"
        case audience = "a"

        /// The problem's code; nil for who is let through.
        var code: String? {
            switch self {
            case .through: nil
            case .missing: "token-missing"
            case .invalid: "token-invalid"
            case .blocked: "account-blocked"
            case .forbidden: "forbidden"
            case .audience: "wrong-audience"
            }
        }
    }

    /// One letter for each of `Principal`, in its order.
    private static func row(_ rule: Rule) -> String {
        switch rule {
        //                    nobody, forger, out, blocked | pending, customer, member | seller | admins | narrowed
        case .everybody: "++++ +++ + +++ +++"
        case .nobodyOrCustomers: "+iib +++ f fff +aa"
        case .loggedIn: "miib +++ + +++ +++"
        case .formerly: "mi++ +++ + +++ +++"
        case .customers: "miib +++ f fff +aa"
        case .sellers: "miib fff + fff a+a"
        case .admins: "miib fff f f+f aa+"
        case .parties: "miib +++ + f+f +++"
        case .signedLink: "ffff fff f fff fff"
        case .provider: "++++ +++ + +++ +++"
        }
    }

    /// What somebody is told who calls a route under a rule.
    static func verdict(_ rule: Rule, _ principal: Principal) -> Verdict? {
        let letters = Array(row(rule).filter { $0 != " " })
        guard letters.count == Principal.allCases.count,
            let index = Principal.allCases.firstIndex(of: principal)
        else { return nil }
        return Verdict(rawValue: letters[index])
    }

    /// The rule of every operation, as `GET /api/…/`.
    static let rules: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for (rule, text) in PermissionMatrixRoutes.all {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                for method in words[0].split(separator: ",") { rules["\(method) \(words[1])"] = rule }
            }
        }
        return rules
    }()

    /// The permissions that some route needs.
    static let permissions: [String] = Set(
        rules.values.compactMap(\.permission)
    ).sorted()
}
