// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of the ledger work with: one set per loop.
public struct LedgerDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let cursors: CursorCodec
    let ids: IDGenerator
    let clock: any WallClock
    let news: any ChangeNews
    let ports: LedgerPorts

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, cursors: CursorCodec, ids: IDGenerator,
        clock: any WallClock, news: any ChangeNews, ports: LedgerPorts
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.cursors = cursors
        self.ids = ids
        self.clock = clock
        self.news = news
        self.ports = ports
    }
}

/// What the ledger needs of other contexts.
public struct LedgerPorts: Sendable {
    /// What is sold with a product; nil where there is no such product.
    public let sale: @Sendable (ProductID) async throws -> CommissionRules.Sale?
    /// Whether there is such a category.
    public let hasCategory: @Sendable (CategoryID) async throws -> Bool
    /// Whether there is such a seller.
    public let hasSeller: @Sendable (SellerID) async throws -> Bool

    /// Binds the ports.
    public init(
        sale: @escaping @Sendable (ProductID) async throws -> CommissionRules.Sale?,
        hasCategory: @escaping @Sendable (CategoryID) async throws -> Bool,
        hasSeller: @escaping @Sendable (SellerID) async throws -> Bool
    ) {
        self.sale = sale
        self.hasCategory = hasCategory
        self.hasSeller = hasSeller
    }
}
