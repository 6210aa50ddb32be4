// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import MarketCore
internal import UVRuntime

/// Owns the stock of its variants in memory: the newest committed rows and the units that queued orders hold.
///
/// It changes state without an await, so its methods are atomic on their loop (hot path rule 9). PostgreSQL is the arbiter;
/// this table refuses what is sold out without any SQL and keeps batches from failing.
///
/// Available to hold = newest committed row − live holds. A refusal rests on a committed row of at most
/// `InventoryLimits.freshness`; where only holds stand in the way the order parks and tries again after the next outcome.
///
/// - Isolation: a table of the `InventoryDirectory` that made it, an actor on one loop with the order actor of the process. No
///   actor of its own: a hold over several shards would enter and leave each of them for every line.
final class InventoryShard {
    private let clock: any LoopClock
    private let limits: InventoryLimits
    private var entries: [VariantID: Entry] = [:]
    /// Units held over all variants: Σ holds = Σ live entries of the order mailbox.
    private(set) var unitsHeld = 0

    private struct Entry {
        var row: StockRow?
        /// When the statement was sent that last brought the row: so old it may be, however late its reply came.
        var refreshedAt: UInt64 = 0
        var held = 0
        /// Since when an outcome is unknown or memory is known to lag: a demand first needs a read that was sent later.
        var staleSince: UInt64? = 0
        var parked = Deque<LoopContinuation<Void>>()
    }

    /// What `judge` found for one line.
    enum Judgement: Equatable {
        case fits
        case reload
        case parks
        case refused(LineRefusal)
    }

    /// Makes an empty table.
    init(clock: any LoopClock, limits: InventoryLimits) {
        self.clock = clock
        self.limits = limits
    }

    /// Judges a line on what is known.
    ///
    /// - Parameter demand: when the line was asked for. A row that was read since then is fresh however long that took.
    func judge(_ line: StockLine, since demand: UInt64) -> Judgement {
        guard let entry = entries[line.variant], let row = entry.row, entry.staleSince == nil else { return .reload }
        let fresh = entry.refreshedAt >= demand || clock.now &- entry.refreshedAt <= limits.freshnessNanoseconds
        if row.offerVersion != line.offerVersion || !row.sellable {
            // The caller may know a newer offer than this table, or the reverse: a refusal needs a fresh row.
            guard fresh, row.offerVersion >= line.offerVersion else { return .reload }
            let reason: LineRefusal.Reason = row.sellable ? .priceChanged : .sellerUnavailable
            return .refused(refusal(line, row, reason))
        }
        if row.available - entry.held >= line.quantity { return .fits }
        if row.available >= line.quantity { return .parks }
        return fresh ? .refused(refusal(line, row, .insufficientStock)) : .reload
    }

    private func refusal(_ line: StockLine, _ row: StockRow, _ reason: LineRefusal.Reason) -> LineRefusal {
        LineRefusal(
            variant: line.variant, reason: reason, requested: line.quantity, available: max(0, row.available))
    }

    func hold(_ line: StockLine) {
        entries[line.variant, default: Entry()].held += line.quantity
        unitsHeld += line.quantity
    }

    /// Ends a hold; the order that had it is decided, refused, or was never queued.
    func release(_ line: StockLine) {
        guard var entry = entries[line.variant] else { preconditionFailure("a hold was released twice") }
        precondition(entry.held >= line.quantity, "a hold was released twice")
        entry.held -= line.quantity
        unitsHeld -= line.quantity
        let woken = entry.parked
        entry.parked = []
        entries[line.variant] = entry
        for waiter in woken { waiter.resume() }
    }

    /// Takes over a row that a journal returned, if it is newer than what is known.
    ///
    /// - Parameter sent: when the statement that brought it was sent; nil when nobody can say, then it proves nothing of its age.
    /// - Returns: whether fewer units are left than were known, and so few that buyers see how many.
    @discardableResult
    func adopt(_ row: StockRow, asOf sent: UInt64?) -> Bool {
        var entry = entries[row.variant] ?? Entry()
        let before = entry.row
        if let before, before.version > row.version { return false }
        entry.row = row
        if let sent {
            entry.refreshedAt = max(entry.refreshedAt, sent)
            if let since = entry.staleSince, sent >= since { entry.staleSince = nil }
        }
        let woken = entry.parked
        entry.parked = []
        entries[row.variant] = entry
        for waiter in woken { waiter.resume() }
        return row.available <= StockRow.availableShownMax && row.available < before?.available ?? .max
    }

    /// Has the next demand for the variant read the database first: its row may have changed without us.
    func markStale(_ variant: VariantID) {
        entries[variant]?.staleSince = clock.now
    }

    /// Has the next demand for every variant read the database first (a LISTEN connection was lost).
    func markAllStale() {
        for variant in entries.keys { markStale(variant) }
    }

    /// Parks the caller, who holds nothing, until the next outcome for the variant; at once when nothing is held any more.
    func park(_ variant: VariantID) async throws {
        try await withLoopContinuation { continuation in
            guard var entry = entries[variant], entry.held > 0 else {
                continuation.resume()
                return
            }
            guard entry.parked.count < limits.parkedPerVariant else {
                continuation.resume(throwing: MailboxError.overloaded)
                return
            }
            entry.parked.append(continuation)
            entries[variant] = entry
        }
    }

    func spare(of variant: VariantID) -> Int? {
        guard let entry = entries[variant], entry.staleSince == nil else { return nil }
        return entry.row.map { $0.available - entry.held }
    }

    var parkedMost: Int {
        entries.values.reduce(0) { max($0, $1.parked.count) }
    }

    /// The newest committed row that is known; for reads that may lag.
    func row(_ variant: VariantID) -> StockRow? {
        entries[variant]?.row
    }
}

/// Bounds of the inventory table.
public struct InventoryLimits: Sendable {
    /// The age up to which a committed row may be the ground of a refusal.
    public var freshness: Duration
    /// Orders that may wait for one variant while only holds stand in the way; past it 503. As many as the order mailbox holds.
    public var parkedPerVariant: Int

    /// States the bounds; the defaults are hot path rule 13's and the mailbox's.
    public init(freshness: Duration = .milliseconds(250), parkedPerVariant: Int = 4096) {
        self.freshness = freshness
        self.parkedPerVariant = parkedPerVariant
    }

    var freshnessNanoseconds: UInt64 { freshness.wholeMilliseconds &* 1_000_000 }
}
