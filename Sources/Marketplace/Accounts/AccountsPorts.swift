// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// What Accounts needs of other contexts; bound where the shop is put together.
public struct AccountsPorts: Sendable {
    /// Merges the cart of an anonymous client into the user's, in the cart's own transaction. Repeating it changes nothing.
    public var mergeCart: @Sendable (_ client: Hash32, _ user: UserID) async throws -> Void
    /// What other contexts add to a profile.
    public var profileExtras: @Sendable (_ user: UserID) async throws -> ProfileExtras
    /// Whether an uploaded image belongs to the user and may be an avatar.
    public var ownsImage: @Sendable (_ image: ImageID, _ user: UserID) async throws -> Bool

    /// Binds the ports.
    public init(
        mergeCart: @escaping @Sendable (_ client: Hash32, _ user: UserID) async throws -> Void,
        profileExtras: @escaping @Sendable (_ user: UserID) async throws -> ProfileExtras,
        ownsImage: @escaping @Sendable (_ image: ImageID, _ user: UserID) async throws -> Bool
    ) {
        self.mergeCart = mergeCart
        self.profileExtras = profileExtras
        self.ownsImage = ownsImage
    }

    /// Ports of a shop without the contexts behind them: no carts to merge, no sellers, companies, notifications or images.
    public static let none = AccountsPorts(
        mergeCart: { _, _ in }, profileExtras: { _ in ProfileExtras() }, ownsImage: { _, _ in false })
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
