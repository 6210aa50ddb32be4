// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto
public import MarketHTTP
public import Media
public import Pictures
public import Postgres

/// What the endpoints of Sellers work with: one set per loop.
public struct SellersDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let states: UserStates
    let transactions: KeyedTransactions
    let files: FileStore
    let pictures: PictureDesk
    let ids: IDGenerator
    let secrets: SellerSecrets
    let links: KYCLinks
    let cursors: CursorCodec
    let news: any ChangeNews
    let clock: any WallClock
    let ports: SellersPorts

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, states: UserStates, transactions: KeyedTransactions, files: FileStore,
        pictures: PictureDesk, ids: IDGenerator, secret: SecretKey, news: any ChangeNews, clock: any WallClock,
        ports: SellersPorts
    ) {
        self.pool = pool
        self.gate = gate
        self.states = states
        self.transactions = transactions
        self.files = files
        self.pictures = pictures
        self.ids = ids
        secrets = SellerSecrets(secret)
        links = KYCLinks(secret)
        cursors = CursorCodec(secret: secret)
        self.news = news
        self.clock = clock
        self.ports = ports
    }
}

/// What Sellers needs of other contexts.
public struct SellersPorts: Sendable {
    /// Makes a user a seller, in the transaction of the registration.
    public var grantRole: @Sendable (UserID, PostgresTransaction) async throws -> Void
    /// The commission rule in force for a seller, as the client sees it; nil where there is none.
    public var commission: @Sendable (SellerID, any PostgresClient) async throws -> CommissionRule?
    /// Those of some categories that there are.
    public var categories: @Sendable ([CategoryID]) async throws -> Set<CategoryID>

    /// Binds the ports.
    public init(
        grantRole: @escaping @Sendable (UserID, PostgresTransaction) async throws -> Void,
        commission: @escaping @Sendable (SellerID, any PostgresClient) async throws -> CommissionRule?,
        categories: @escaping @Sendable ([CategoryID]) async throws -> Set<CategoryID>
    ) {
        self.grantRole = grantRole
        self.commission = commission
        self.categories = categories
    }
}
