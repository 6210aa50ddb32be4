// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
import MarketHTTP
public import Postgres

/// What Accounts needs of other contexts; bound where the shop is put together.
public struct AccountsPorts: Sendable {
    /// Merges the cart of an anonymous client into the user's, in the log-in's own transaction. Repeating it changes nothing.
    public typealias MergeCart =
        @Sendable (_ client: Hash32, _ user: UserID, PostgresTransaction) async throws -> [CartID]

    /// Merges the carts of a client and a user; which carts were written.
    public var mergeCart: MergeCart
    /// A transaction that has merged carts has ended, however it did: who remembers them looks again.
    public var cartsMerged: @Sendable ([CartID]) async -> Void
    /// What other contexts add to a profile.
    public var profileExtras: @Sendable (_ user: UserID) async throws -> ProfileExtras
    /// How many orders users have; who has none may be left out.
    public var orderCounts: @Sendable (_ users: [UserID]) async throws -> [UserID: Int]
    /// The newest orders of a user.
    public var lastOrders: @Sendable (_ user: UserID) async throws -> [AccountOrder]
    /// Ends what a user who closes the account is to others, in the transaction that closes it; it may refuse.
    public var leave: @Sendable (_ user: UserID, PostgresTransaction) async throws -> Void

    /// Binds the ports.
    public init(
        mergeCart: @escaping MergeCart,
        cartsMerged: @escaping @Sendable ([CartID]) async -> Void,
        profileExtras: @escaping @Sendable (_ user: UserID) async throws -> ProfileExtras,
        orderCounts: @escaping @Sendable (_ users: [UserID]) async throws -> [UserID: Int] = { _ in [:] },
        lastOrders: @escaping @Sendable (_ user: UserID) async throws -> [AccountOrder] = { _ in [] },
        leave: @escaping @Sendable (_ user: UserID, PostgresTransaction) async throws -> Void = { _, _ in }
    ) {
        self.mergeCart = mergeCart
        self.cartsMerged = cartsMerged
        self.profileExtras = profileExtras
        self.orderCounts = orderCounts
        self.lastOrders = lastOrders
        self.leave = leave
    }

    /// Ports of a shop without the contexts behind them: no carts to merge, no sellers, companies or notifications.
    public static let none = AccountsPorts(
        mergeCart: { _, _, _ in [] }, cartsMerged: { _ in }, profileExtras: { _ in ProfileExtras() })
}

/// What other contexts add to a profile.
public struct ProfileExtras: Sendable {
    /// The seller that the user is a member of, with its status.
    public var seller: (id: SellerID, status: String)?
    /// The companies that the user buys for.
    public var companies: [(id: CompanyID, name: String, role: String)]
    /// Notifications not read yet.
    public var unreadNotifications: Int

    /// States the extras; nothing by default.
    public init(
        seller: (id: SellerID, status: String)? = nil, companies: [(id: CompanyID, name: String, role: String)] = [],
        unreadNotifications: Int = 0
    ) {
        self.seller = seller
        self.companies = companies
        self.unreadNotifications = unreadNotifications
    }
}

extension ProfileExtras {
    /// Writes the members that a profile has of it.
    func write(to json: inout JSONWriter) {
        json.array("companies") { json in
            for company in companies {
                json.object { json in
                    json.field("id", company.id)
                    json.field("name", company.name)
                    json.field("role", company.role)
                }
            }
        }
        if let seller {
            json.object("seller") { json in
                json.field("id", seller.id)
                json.field("status", seller.status)
            }
        }
        json.field("unread_notifications", unreadNotifications)
    }
}

/// An order as it is shown beside its buyer.
public struct AccountOrder: Sendable, JSONWritable {
    let id: OrderID
    let status: String
    let total: Money
    let createdAt: Timestamp

    /// States what is shown.
    public init(id: OrderID, status: String, total: Money, createdAt: Timestamp) {
        self.id = id
        self.status = status
        self.total = total
        self.createdAt = createdAt
    }

    /// Writes the order as an object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("status", status)
            json.field("total", total)
            json.field("created_at", createdAt)
        }
    }
}
