// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// What a committed batch left behind.
public struct PlacedBatch: Sendable {
    /// One outcome per order, in order.
    public let outcomes: [PlaceOutcome]
    /// The newest rows of the variants that were read or changed.
    public let stock: [StockRow]

    /// States a result.
    public init(outcomes: [PlaceOutcome], stock: [StockRow]) {
        self.outcomes = outcomes
        self.stock = stock
    }
}

/// Where keys are read that other transactions may have finished.
public protocol KeyReader: Sendable {
    /// The live rows of these keys; a key that is free, or that another transaction has not committed yet, has none.
    func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState]
}

/// When a batch looks at the stock that it takes.
public enum StockCheck: Sendable, Equatable {
    /// In the update that takes it, alone: the shards have judged every line already. One line that does not fit turns the whole
    /// batch away.
    case atUpdate
    /// Before anything is written, too: what does not fit is refused order by order.
    case before
    /// As `before`, under row locks: for batches to which others came first again and again.
    case locking
}

/// Where the order actor writes. Implemented by the orders' store and by the simulator.
public protocol OrderJournal: KeyReader {
    /// Commits a batch in one transaction: key rows, carts, orders, lines, reservations, outbox, stock last.
    ///
    /// Returns after COMMIT. No two orders of a batch share a key or a cart.
    /// - Parameter check: `.atUpdate` throws `JournalError.short` for what the others refuse order by order.
    func place(_ orders: [PlaceOrder], check: StockCheck) async throws(JournalError) -> PlacedBatch
}

/// A key row as another transaction left it.
public enum KeyState: Sendable, Equatable {
    /// Claimed by a route that calls a provider and not finished.
    case started(fingerprint: Hash32)
    /// Finished with an answer; `remaining` is how long the row lived on when it was read.
    case finished(fingerprint: Hash32, StoredAnswer, remaining: Duration)

    /// The fingerprint of the request that claimed it.
    public var fingerprint: Hash32 {
        switch self {
        case .started(let fingerprint), .finished(let fingerprint, _, _): fingerprint
        }
    }
}
