// SPDX-License-Identifier: Apache-2.0
public import Actors
import HTTP
public import MarketCore
public import MarketHTTP
public import Media
import Pictures
public import Postgres

/// The seller for whom a user writes.
public struct SellerStanding: Sendable, Equatable {
    /// Who sells.
    public let seller: SellerID
    /// As the seller's life has it; only `active` may change what is for sale.
    public let status: String
    /// What it hands in is approved at once.
    public let isTrusted: Bool

    /// States a standing.
    public init(seller: SellerID, status: String, isTrusted: Bool) {
        self.seller = seller
        self.status = status
        self.isTrusted = isTrusted
    }
}

/// A product whose committed state has changed, for those who remember it.
public struct ProductNews: Sendable, Equatable {
    /// Which.
    public let product: ProductID
    /// All of its variants, the archived ones included.
    public let variants: [VariantID]
    /// Rows of stock that were written with it.
    public let stock: [StockRow]
    /// Whether buyers may have seen it before the change, or may see it now; work on a draft shows nowhere.
    public let isSeen: Bool
}

/// What writing products needs of others.
public struct ProductPorts: Sendable {
    /// The seller that a user writes for; nil for a user who writes for none.
    public var sellerOf: @Sendable (UserID) async throws -> SellerStanding?
    /// Called after the commit of a change; must not fail.
    public var changed: @Sendable ([ProductNews]) async -> Void

    /// Binds the ports.
    public init(
        sellerOf: @escaping @Sendable (UserID) async throws -> SellerStanding?,
        changed: @escaping @Sendable ([ProductNews]) async -> Void
    ) {
        self.sellerOf = sellerOf
        self.changed = changed
    }
}

/// What the endpoints of sellers and admins about products work with: one set per loop, because the pool belongs to one.
public struct ProductsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let phased: PhasedCalls
    let ports: ProductPorts
    let cursors: CursorCodec
    let ids: IDGenerator
    let clock: any WallClock
    let desk: PictureDesk

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, phased: PhasedCalls, ports: ProductPorts,
        cursors: CursorCodec, ids: IDGenerator, clock: any WallClock, files: FileStore, images: ImageProcessor
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.phased = phased
        self.ports = ports
        self.cursors = cursors
        self.ids = ids
        self.clock = clock
        desk = PictureDesk(files: files, images: images, ids: ids)
    }

    /// The statements that only read.
    var reads: ProductStore { ProductStore(client: pool.reads) }

    /// The seller of a caller.
    ///
    /// - Throws: 403 `forbidden` where there is none; 403 `seller-not-active` for one that may not change what it sells.
    func seller(of caller: Caller, mustBeActive: Bool) async throws -> SellerStanding {
        guard let standing = try await ports.sellerOf(caller.user) else {
            throw Problem(.forbidden, detail: "You are no member of a seller.")
        }
        guard !mustBeActive || standing.status == "active" else {
            throw Problem(.sellerNotActive, members: [("seller_status", .string(standing.status))])
        }
        return standing
    }
}
