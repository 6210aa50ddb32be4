// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What the orders need from other contexts.
public struct OrderPorts: Sendable {
    /// The offers of variants that exist, a few seconds old at most, for a company where one is named; the database judges
    /// them anew.
    public let offers: @Sendable ([VariantID], CompanyID?) async throws -> [VariantID: Offer]
    /// These offers turned out to be old.
    public let invalidateOffers: @Sendable ([VariantID]) async -> Void
    /// How buyers see sellers and products, in one statement; what does not exist any more is left out. Read by the given transaction: who
    /// holds one connection of the pool must not wait for a second.
    public let labels: @Sendable ([SellerID], [ProductID], (any PostgresClient)?) async throws -> OrderLabels
    /// The payments of orders, newest first, each a JSON object (`PaymentSummary` of the API): as they are committed, or as
    /// the given transaction sees them.
    public let payments: @Sendable ([OrderID], (any PostgresClient)?) async throws -> [OrderID: [[UInt8]]]
    /// The commission rules, a minute old at most; from memory.
    public let commissions: @Sendable () async throws -> CommissionRules
    /// An address of a user's book; nil for somebody else's.
    public let address: @Sendable (AddressID, UserID) async throws -> PostalAddress?

    /// The seller that a user works for; nil for who works for none.
    public let sellerOf: @Sendable (UserID) async throws -> SellerID?
    /// The newest orders, a thousand at most, whose payments are late or differ.
    public let flagged: @Sendable (OrderFlag) async throws -> [OrderID]
    /// What other contexts know of an order and its parts, for admins.
    public let dossier: @Sendable (OrderID, [SellerOrderID]) async throws -> OrderDossier
    /// What was booked for an order, as the dossier has it; of a seller's, where one is named, the lines of its own accounts.
    public let ledgerEntries: @Sendable (OrderID, SellerID?) async throws -> [[UInt8]]
    /// What parts of an order have earned their sellers, as it is committed or as the given transaction sees it; those that have not are left
    /// out.
    public let payouts: @Sendable (OrderID, (any PostgresClient)?) async throws -> [SellerOrderID: SellerPayout]
    /// Whether a user belongs to a company, in whatever role.
    public let isMember: @Sendable (CompanyID, UserID) async throws -> Bool

    /// Binds the ports.
    public init(
        offers: @escaping @Sendable ([VariantID], CompanyID?) async throws -> [VariantID: Offer],
        invalidateOffers: @escaping @Sendable ([VariantID]) async -> Void,
        labels: @escaping @Sendable ([SellerID], [ProductID], (any PostgresClient)?) async throws -> OrderLabels,
        payments: @escaping @Sendable ([OrderID], (any PostgresClient)?) async throws -> [OrderID: [[UInt8]]],
        commissions: @escaping @Sendable () async throws -> CommissionRules,
        address: @escaping @Sendable (AddressID, UserID) async throws -> PostalAddress?,
        sellerOf: @escaping @Sendable (UserID) async throws -> SellerID?,
        flagged: @escaping @Sendable (OrderFlag) async throws -> [OrderID],
        dossier: @escaping @Sendable (OrderID, [SellerOrderID]) async throws -> OrderDossier,
        ledgerEntries: @escaping @Sendable (OrderID, SellerID?) async throws -> [[UInt8]],
        isMember: @escaping @Sendable (CompanyID, UserID) async throws -> Bool,
        payouts: @escaping @Sendable (OrderID, (any PostgresClient)?) async throws -> [SellerOrderID: SellerPayout]
    ) {
        self.offers = offers
        self.invalidateOffers = invalidateOffers
        self.labels = labels
        self.payments = payments
        self.commissions = commissions
        self.address = address
        self.sellerOf = sellerOf
        self.flagged = flagged
        self.dossier = dossier
        self.ledgerEntries = ledgerEntries
        self.isMember = isMember
        self.payouts = payouts
    }
}

/// What orders show of sellers and products beside what was frozen.
public struct OrderLabels: Sendable {
    /// Names as buyers see them.
    public var sellerNames: [SellerID: String]
    /// Small pictures.
    public var thumbnails: [ProductID: String]

    /// States them.
    public init(sellerNames: [SellerID: String] = [:], thumbnails: [ProductID: String] = [:]) {
        self.sellerNames = sellerNames
        self.thumbnails = thumbnails
    }
}
