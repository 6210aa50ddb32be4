// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// Whom changes of a table are made for, for the traces that they leave.
public struct TableOwner: Sendable {
    /// Whose variants.
    public let seller: SellerID
    /// Who sent the table.
    public let user: UserID

    /// States it.
    public init(seller: SellerID, user: UserID) {
        self.seller = seller
        self.user = user
    }
}

/// What Imports needs of other contexts; bound where the shop is put together.
public struct ImportPorts: Sendable {
    /// Applies rows within the transaction: what is wrong with each row, in their order; nil for one that is applied. What it returns
    /// as `News` is told once the transaction is committed.
    /// The reference stands in the traces of the changes.
    public typealias Applier<Change: Sendable> =
        @Sendable (
            [ImportRow<Change>], TableOwner, _ reference: String, PostgresTransaction
        ) async throws -> (faults: [RowFault?], changed: [VariantID])

    /// The seller that the user speaks for; nil for nobody's member.
    public let seller: @Sendable (UserID) async throws -> SellerID?
    /// Whether the seller may change what it sells, now and in this transaction.
    public let isActive: @Sendable (SellerID, PostgresTransaction) async throws -> Bool
    /// Sets the units on hand.
    public let setStock: Applier<Int>
    /// Sets prices.
    public let setPrices: Applier<PriceChange>
    /// A chunk of rows is committed: these variants changed.
    public let changed: @Sendable (TableKind, [VariantID]) async -> Void
    /// A page of a seller's variants behind an id, by their ids, in a shape for each kind.
    public let variants: @Sendable (SellerID, _ after: Int64, _ limit: Int) async throws -> [ExportedVariant]
    /// Tables of products.
    public let products: ProductTablePorts

    /// Binds the ports.
    public init(
        seller: @escaping @Sendable (UserID) async throws -> SellerID?,
        isActive: @escaping @Sendable (SellerID, PostgresTransaction) async throws -> Bool,
        setStock: @escaping Applier<Int>,
        setPrices: @escaping Applier<PriceChange>,
        changed: @escaping @Sendable (TableKind, [VariantID]) async -> Void,
        variants: @escaping @Sendable (SellerID, _ after: Int64, _ limit: Int) async throws -> [ExportedVariant],
        products: ProductTablePorts
    ) {
        self.seller = seller
        self.isActive = isActive
        self.setStock = setStock
        self.setPrices = setPrices
        self.changed = changed
        self.variants = variants
        self.products = products
    }
}

/// What tables of products need of the catalogue, which knows their columns.
public struct ProductTablePorts: Sendable {
    /// Applies rows within the transaction: what is wrong with each row, in their order, and what is to be told once the
    /// transaction is committed. The reference stands in the traces of the changes.
    public typealias Apply =
        @Sendable (
            [ImportRow<TableCells>], TableOwner, _ reference: String, PostgresTransaction
        ) async throws -> (faults: [RowFault?], tell: @Sendable () async -> Void)

    /// The columns of an export, in their order.
    public let columns: [String]
    /// Makes and changes products.
    public let apply: Apply
    /// The products of a seller behind an id.
    public let page: @Sendable (SellerID, _ after: Int64) async throws -> ExportedPage

    /// Binds the ports.
    public init(
        columns: [String], apply: @escaping Apply,
        page: @escaping @Sendable (SellerID, _ after: Int64) async throws -> ExportedPage
    ) {
        self.columns = columns
        self.apply = apply
        self.page = page
    }
}

/// A variant as exports show it.
public struct ExportedVariant: Sendable {
    /// Where the next page goes on.
    public let id: Int64
    /// The seller's own name of it.
    public let sku: String
    /// Its product's.
    public let title: String
    /// Units on hand.
    public let quantity: Int
    /// Of these, units that orders hold.
    public let reserved: Int
    /// In minor units.
    public let price: Int64
    /// What the price is compared with.
    public let compareAt: Int64?
    /// ISO 4217.
    public let currency: String

    /// States it.
    public init(
        id: Int64, sku: String, title: String, quantity: Int, reserved: Int, price: Int64, compareAt: Int64?,
        currency: String
    ) {
        self.id = id
        self.sku = sku
        self.title = title
        self.quantity = quantity
        self.reserved = reserved
        self.price = price
        self.compareAt = compareAt
        self.currency = currency
    }
}
