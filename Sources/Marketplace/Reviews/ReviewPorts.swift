// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What Reviews needs of other contexts; bound where the shop is put together.
public struct ReviewPorts: Sendable {
    /// What a line of the user's own orders is about, and whether it was delivered; nil for a line that is not theirs.
    public let line: @Sendable (OrderLineID, UserID) async throws -> ReviewedLine?
    /// Whether anything that the user has ordered has arrived.
    public let hasDelivery: @Sendable (UserID) async throws -> Bool
    /// The full names of users; who has no account any more is left out.
    public let names: @Sendable ([UserID]) async throws -> [UserID: String]
    /// The seller that the user speaks for; nil for nobody's member.
    public let seller: @Sendable (UserID) async throws -> SellerID?

    /// Binds the ports.
    public init(
        line: @escaping @Sendable (OrderLineID, UserID) async throws -> ReviewedLine?,
        hasDelivery: @escaping @Sendable (UserID) async throws -> Bool,
        names: @escaping @Sendable ([UserID]) async throws -> [UserID: String],
        seller: @escaping @Sendable (UserID) async throws -> SellerID?
    ) {
        self.line = line
        self.hasDelivery = hasDelivery
        self.names = names
        self.seller = seller
    }
}

/// An order line as far as a review of it goes.
public struct ReviewedLine: Sendable {
    /// What was bought.
    public let product: ProductID
    /// Of whom.
    public let seller: SellerID
    /// Whether it has arrived, whatever became of it afterwards.
    public let isDelivered: Bool

    /// States it.
    public init(product: ProductID, seller: SellerID, isDelivered: Bool) {
        self.product = product
        self.seller = seller
        self.isDelivered = isDelivered
    }
}

/// The copies of ratings that other contexts keep with their own rows: each sets a count and a sum of stars within the given
/// transaction.
public struct RatingCopies: Sendable {
    /// Sets a copy; a row that is not there is none.
    public typealias Setter<Subject> =
        @Sendable (
            Subject, _ count: Int32, _ sum: Int64, _ transaction: any PostgresClient
        ) async throws -> Void

    /// Of the catalogue's products.
    public let product: Setter<ProductID>
    /// Of sellers.
    public let seller: Setter<SellerID>
    /// After a product's copy was committed: what others remember of it is out of date.
    public let changed: @Sendable (ProductID) async -> Void
    /// The same of a seller's copy.
    public let sellerChanged: @Sendable (SellerID) async -> Void

    /// Binds them.
    public init(
        product: @escaping Setter<ProductID>, seller: @escaping Setter<SellerID>,
        changed: @escaping @Sendable (ProductID) async -> Void,
        sellerChanged: @escaping @Sendable (SellerID) async -> Void
    ) {
        self.product = product
        self.seller = seller
        self.changed = changed
        self.sellerChanged = sellerChanged
    }
}
