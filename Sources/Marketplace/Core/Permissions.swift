// SPDX-License-Identifier: Apache-2.0

/// What an admin may do. Looked up live like roles, and worth nothing without the role `admin`.
public struct Permissions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `users:read`
    public static let usersRead = Permissions(rawValue: 1 << 0)
    /// `users:write`
    public static let usersWrite = Permissions(rawValue: 1 << 1)
    /// `sellers:read`
    public static let sellersRead = Permissions(rawValue: 1 << 2)
    /// `sellers:write`
    public static let sellersWrite = Permissions(rawValue: 1 << 3)
    /// `products:read`: products, categories and reviews.
    public static let productsRead = Permissions(rawValue: 1 << 4)
    /// `products:write`: the same.
    public static let productsWrite = Permissions(rawValue: 1 << 5)
    /// `orders:read`
    public static let ordersRead = Permissions(rawValue: 1 << 6)
    /// `orders:write`
    public static let ordersWrite = Permissions(rawValue: 1 << 7)
    /// `refunds:write`
    public static let refundsWrite = Permissions(rawValue: 1 << 8)
    /// `commission:read`
    public static let commissionRead = Permissions(rawValue: 1 << 9)
    /// `commission:write`
    public static let commissionWrite = Permissions(rawValue: 1 << 10)
    /// `settlements:read`
    public static let settlementsRead = Permissions(rawValue: 1 << 11)
    /// `settlements:write`
    public static let settlementsWrite = Permissions(rawValue: 1 << 12)
    /// `reports:read`: reports and figures.
    public static let reportsRead = Permissions(rawValue: 1 << 13)
    /// `logs:read`
    public static let logsRead = Permissions(rawValue: 1 << 14)
    /// `ops:read`
    public static let opsRead = Permissions(rawValue: 1 << 15)
    /// `ops:write`
    public static let opsWrite = Permissions(rawValue: 1 << 16)
    /// `super`: everything that there is, and all that is added later.
    public static let all = Permissions(rawValue: .max)

    /// What one of them all is called where it is stored and shown.
    private static let superName = "super"

    private static let names: [(permission: Permissions, name: String)] = [
        (.usersRead, "users:read"), (.usersWrite, "users:write"), (.sellersRead, "sellers:read"),
        (.sellersWrite, "sellers:write"), (.productsRead, "products:read"), (.productsWrite, "products:write"),
        (.ordersRead, "orders:read"), (.ordersWrite, "orders:write"), (.refundsWrite, "refunds:write"),
        (.commissionRead, "commission:read"), (.commissionWrite, "commission:write"),
        (.settlementsRead, "settlements:read"), (.settlementsWrite, "settlements:write"),
        (.reportsRead, "reports:read"), (.logsRead, "logs:read"), (.opsRead, "ops:read"), (.opsWrite, "ops:write"),
    ]

    /// The names, in a fixed order, as they are stored and shown; for ``all`` the one `super`.
    public var names: [String] {
        if self == .all { return [Self.superName] }
        return Self.names.filter { contains($0.permission) }.map(\.name)
    }

    /// Collects stored names; an unknown one is left out, so that an older server grants less rather than more.
    public init(names: some Sequence<String>) {
        var collected: Permissions = []
        for name in names {
            if name == Self.superName { collected = .all }
            if let known = Self.names.first(where: { $0.name == name }) { collected.insert(known.permission) }
        }
        self = collected
    }
}
