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
    public init(id: CartID, owner: CartOwner, version: Int64, lines: [Line], updatedAt: Timestamp) {
        self.id = id
        self.owner = owner
        self.version = version
        self.lines = lines
        self.updatedAt = updatedAt
    }
}

/// A change of one cart as it will be committed: the new lines that differ, and the key row that goes with it.
public struct CartWrite: Sendable {
    /// The cart.
    public let cart: CartID
    /// The version it was made from; another one in the database refuses it.
    public let expectedVersion: Int64
    /// Lines that are new or changed.
    public let upserts: [CartState.Line]
    /// Lines that are gone.
    public let removed: [CartLineID]
    /// The key row and its answer, when the request carried a key.
    public let key: (claim: KeyClaim, answer: StoredAnswer)?

    init(from old: CartState, to new: CartState, key: (claim: KeyClaim, answer: StoredAnswer)?) {
        cart = old.id
        expectedVersion = old.version
        let before = Dictionary(old.lines.map { ($0.id, $0) }) { first, _ in first }
        upserts = new.lines.filter { before[$0.id] != $0 }
        let kept = Set(new.lines.map(\.id))
        removed = old.lines.map(\.id).filter { !kept.contains($0) }
        self.key = key
    }
}

/// What became of a cart's change.
public enum CartWriteOutcome: Sendable, Equatable {
    /// Committed; the version is one higher.
    case saved
    /// The cart was at another version.
    case moved
    /// The key was used before.
    case known(fingerprint: Hash32, answer: StoredAnswer)
    /// Another transaction has the key; nothing was done.
    case busy
}

/// Where carts are read and written. Implemented by the carts' store and by the simulator.
public protocol CartJournal: Sendable {
    /// The owner's cart; made with `newID` when there is none.
    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState
    /// Commits a change in one transaction with its key row, if the version is still the expected one.
    func save(_ write: CartWrite) async throws(JournalError) -> CartWriteOutcome
    /// Commits changes of two carts in one transaction without a key row, if both versions are still the expected ones.
    func save(_ first: CartWrite, _ second: CartWrite) async throws(JournalError) -> CartWriteOutcome
}
