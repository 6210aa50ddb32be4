// SPDX-License-Identifier: Apache-2.0

/// What a person may be to the marketplace. Looked up live, never trusted from a token.
public struct Roles: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Buys.
    public static let customer = Roles(rawValue: 1)
    /// Is a member of a seller.
    public static let seller = Roles(rawValue: 2)
    /// Works for the marketplace.
    public static let admin = Roles(rawValue: 4)

    private static let names: [(role: Roles, name: String)] = [
        (.customer, "customer"), (.seller, "seller"), (.admin, "admin"),
    ]

    /// The names of the roles, in a fixed order, as they are stored and shown.
    public var names: [String] {
        Self.names.filter { contains($0.role) }.map(\.name)
    }

    /// Collects stored names; an unknown one is left out, so that an older server grants less rather than more.
    public init(names: some Sequence<String>) {
        self = []
        for name in names {
            if let known = Self.names.first(where: { $0.name == name }) { insert(known.role) }
        }
    }
}

/// Which of our surfaces a token is for.
public enum Audience: String, Hashable, Sendable, CaseIterable {
    /// Every surface that the user's roles allow.
    case all = "mve"
    /// The shop.
    case customer
    /// The sellers' panel.
    case seller
    /// The marketplace's own panel.
    case admin

    /// Whether a token for this audience is accepted where `role` is asked for.
    public func admits(_ role: Roles) -> Bool {
        switch self {
        case .all: true
        case .customer: role.contains(.customer)
        case .seller: role.contains(.seller)
        case .admin: role.contains(.admin)
        }
    }

    /// The role that a user must have to be given a token narrowed to this audience; none for the general one.
    public var requiredRole: Roles {
        switch self {
        case .all: []
        case .customer: .customer
        case .seller: .seller
        case .admin: .admin
        }
    }
}

/// Whether an account may be used.
public enum UserStatus: String, Hashable, Sendable, CaseIterable {
    /// In use.
    case active
    /// Stopped by an admin: every token of it is refused at once.
    case blocked
    /// In use, but the mail address is not proven yet.
    case pendingVerification = "pending_verification"
}
