// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// What requests are counted against, by name: as in a policy file and in `RateLimit-Policy`.
public enum RateLimitPolicy: String, CaseIterable, Sendable {
    /// Safe methods, per user, else per address.
    case read
    /// All other methods, per user, else per address.
    case write
    /// Logging in, per address.
    case login
    /// Logging in, per account as typed, whether it exists or not.
    case loginAccount = "login-account"
    /// Registering, per address.
    case register
    /// Refreshing tokens, per address: nobody is authenticated there.
    case refresh
    /// Refunds, per admin.
    case refund
    /// Imports of a catalogue, per user.
    case importing = "import"
    /// Exports of a catalogue, per user.
    case exporting = "export"

    /// The budget of the API's contract.
    public var standardBudget: RateLimitBudget {
        switch self {
        case .read: RateLimitBudget(quota: 300, seconds: 60)
        case .write: RateLimitBudget(quota: 60, seconds: 60)
        case .login: RateLimitBudget(quota: 5, seconds: 60)
        case .loginAccount: RateLimitBudget(quota: 10, seconds: 3600)
        case .register: RateLimitBudget(quota: 3, seconds: 60)
        case .refresh: RateLimitBudget(quota: 10, seconds: 60)
        case .refund: RateLimitBudget(quota: 30, seconds: 60)
        case .importing: RateLimitBudget(quota: 5, seconds: 3600)
        case .exporting: RateLimitBudget(quota: 5, seconds: 3600)
        }
    }

    /// Whether a process takes its tokens from Redis in advance, several at a time: for budgets that ordinary requests use up,
    /// which must not pay a round trip each. The small ones guard passwords and money: each request asks.
    var isLeased: Bool { self == .read || self == .write }

    /// Routes with a budget of their own, by name; those of routes that come later stand here already.
    private static let ofRoutes: [String: RateLimitPolicy] = [
        "auth.login": .login, "auth.register": .register, "auth.refresh": .refresh, "admin.refund": .refund,
        "imports.create": .importing,
        "exports.create": .exporting,
    ]

    /// The policy of a route; nil where none applies: what is signed (the provider's webhook) or asked by machines (health).
    public static func of(_ route: Route) -> RateLimitPolicy? {
        guard route.isRateLimited else { return nil }
        return ofRoutes[route.name] ?? (route.method.isSafe ? .read : .write)
    }

    /// Its place in tables.
    var index: Int {
        switch self {
        case .read: 0
        case .write: 1
        case .login: 2
        case .loginAccount: 3
        case .register: 4
        case .refresh: 5
        case .refund: 6
        case .importing: 7
        case .exporting: 8
        }
    }
}

/// A bucket: so many requests at once, refilled evenly over a time.
public struct RateLimitBudget: Hashable, Sendable {
    /// Requests, 1…1,000,000: how many fit into the bucket.
    public let quota: Int
    /// Whole seconds, 1…86,400, in which an empty bucket fills up.
    public let seconds: Int

    static let quotaMax = 1_000_000

    /// Values outside the ranges are our own mistake and trap.
    public init(quota: Int, seconds: Int) {
        precondition((1...Self.quotaMax).contains(quota) && (1...86_400).contains(seconds), "no budget")
        self.quota = quota
        self.seconds = seconds
    }

    /// Reads `300/min`: a quota per `s`, `min`, `h` or `day`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...7).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let quota = Int(parts[0]),
            (1...Self.quotaMax).contains(quota), let seconds = Self.periods[String(parts[1])]
        else { return nil }
        self.init(quota: quota, seconds: seconds)
    }

    private static let periods = ["s": 1, "min": 60, "h": 3600, "day": 86_400]

    /// Nanoseconds in which an empty bucket fills up.
    var window: UInt64 { UInt64(seconds) * 1_000_000_000 }
    /// Nanoseconds in which one request is given back.
    var interval: UInt64 { max(1, window / UInt64(quota)) }
}
