// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// Whose cart it is: one cart per account, or one per anonymous token.
public enum CartOwner: Hashable, Sendable {
    /// A person with an account.
    case user(UserID)
    /// A client without an account, by the SHA-256 of its token.
    case token(Hash32)

    var shardKey: Int64 {
        switch self {
        case .user(let id): id.rawValue
        case .token(let hash): hash.lockKey
        }
    }
}

/// A cart as it is committed: what is wanted, not what it costs.
public struct CartState: Sendable, Equatable {
    /// The lines of one cart.
    public static let linesMax = 200

    /// The cart's id.
    public let id: CartID
    /// Whose it is.
    public let owner: CartOwner
    /// Raised by each change; an order is made from one version.
    public var version: Int64
    /// The company that is bought for, at whose prices; nil where somebody buys for themselves.
    public var company: CompanyID?
    /// Where it goes, in its owner's address book; nil where nobody has said.
    public var shippingAddress: AddressID?
    /// In the order in which they were added.
    public var lines: [Line]
    /// The time of the last change.
    public var updatedAt: Timestamp

    /// One variant in the cart.
    public struct Line: Sendable, Equatable {
        /// The line's id, stable while the line lives.
        public let id: CartLineID
        /// What is wanted; one line per variant.
        public let variant: VariantID
        /// 1 or more.
        public var quantity: Int
        /// Free text for the seller.
        public var note: String?
        /// The price the buyer saw when the line was last changed, in minor units.
        public var unitPriceSeen: Int64

        /// States a line.
        public init(id: CartLineID, variant: VariantID, quantity: Int, note: String?, unitPriceSeen: Int64) {
            self.id = id
            self.variant = variant
            self.quantity = quantity
            self.note = note
            self.unitPriceSeen = unitPriceSeen
        }
    }

    /// States a cart.
    public init(
        id: CartID, owner: CartOwner, version: Int64, company: CompanyID? = nil, shippingAddress: AddressID? = nil,
        lines: [Line], updatedAt: Timestamp
    ) {
        self.id = id
        self.owner = owner
        self.version = version
        self.company = company
        self.shippingAddress = shippingAddress
        self.lines = lines
        self.updatedAt = updatedAt
    }
}

/// A change of one cart as it will be committed: the lines that differ, and the key row that goes with it. Everything is
/// decided, so that a batch can be resent unchanged.
public struct CartWrite: Sendable {
    /// Tells this write from every other one: who sends it again finds by it what it did before.
    public let number: Int64
    /// The cart.
    public let cart: CartID
    /// The version it was made from; another one in the database refuses it.
    public let expectedVersion: Int64
    /// Lines that are new.
    public let added: [CartState.Line]
    /// Lines that were there and are other now; their variants are the same.
    public let changed: [CartState.Line]
    /// Lines that are gone.
    public let removed: [CartLineID]
    /// Whom the cart is for from now on; nil: as before.
    public let company: CompanyChange?
    /// Where the cart goes from now on; nil: as before.
    public let shippingAddress: AddressChange?
    /// The key row and its answer, when the request carried a key.
    public let key: (claim: KeyClaim, answer: StoredAnswer)?

    /// For whom a cart buys.
    public enum CompanyChange: Sendable, Equatable {
        /// For its owner alone.
        case nobody
        /// For a company, whose member with the right to buy the user must be when it is committed.
        case company(CompanyID, by: UserID)
    }

    /// Where a cart goes.
    public enum AddressChange: Sendable, Equatable {
        /// Nobody says.
        case nowhere
        /// To an address in its owner's book.
        case to(AddressID)
    }

    /// States the difference between a cart as it was read and as it shall be.
    public init(
        number: Int64, from old: CartState, to new: CartState, key: (claim: KeyClaim, answer: StoredAnswer)? = nil
    ) {
        self.number = number
        cart = old.id
        expectedVersion = old.version
        let before = Dictionary(old.lines.map { ($0.id, $0) }) { first, _ in first }
        added = new.lines.filter { before[$0.id] == nil }
        changed = new.lines.filter { line in before[line.id].map { $0 != line } ?? false }
        let kept = Set(new.lines.map(\.id))
        removed = old.lines.map(\.id).filter { !kept.contains($0) }
        company = new.company == old.company ? nil : Self.change(to: new.company, of: new.owner)
        shippingAddress =
            new.shippingAddress == old.shippingAddress
            ? nil : new.shippingAddress.map { AddressChange.to($0) } ?? .nowhere
        self.key = key
    }

    private static func change(to company: CompanyID?, of owner: CartOwner) -> CompanyChange {
        guard let company else { return .nobody }
        guard case .user(let user) = owner else { preconditionFailure("an anonymous cart buys for nobody else") }
        return .company(company, by: user)
    }

    /// What no other write of a batch, nor of a batch that flies beside it, may have: its cart and its key.
    var exclusionKeys: [Int64] {
        key.map { [cart.rawValue, $0.claim.digest.lockKey] } ?? [cart.rawValue]
    }
}

/// What became of a cart's change.
public enum CartWriteOutcome: Sendable, Equatable {
    /// Committed, now or when it was sent before; the version is one higher.
    case saved
    /// The cart is at another version; nil when there is no such cart, or when its owner may not buy for the company any more.
    case moved(to: Int64?)
    /// The key was used before.
    case known(fingerprint: Hash32, answer: StoredAnswer)
    /// Another transaction has the key right now; nothing was done.
    case keyBusy
    /// Another transaction has locked the cart, which is still at the expected version; nothing was done.
    case cartBusy
}

/// What a merge decided: both carts as they shall be.
public struct CartMerge: Sendable {
    /// The anonymous cart afterwards, its version one higher.
    public let guest: CartState
    /// The account's cart afterwards, its version one higher.
    public let account: CartState

    /// States a decision.
    public init(guest: CartState, account: CartState) {
        self.guest = guest
        self.account = account
    }
}

/// Where carts are read and written. Implemented by the carts' store and by the simulator.
public protocol CartJournal: KeyReader {
    /// The owner's cart; nil where nothing was ever put into one.
    func find(_ owner: CartOwner) async throws(JournalError) -> CartState?
    /// The owner's cart; made with `newID` when there is none.
    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState
    /// Commits a batch in one transaction: each change with its key row if its cart is at the expected version, whatever becomes
    /// of its neighbours. One outcome per change, in order; returns after COMMIT. No two share a key or a cart.
    func save(_ writes: [CartWrite]) async throws(JournalError) -> [CartWriteOutcome]
}
