// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

/// A database in memory that judges as the real one does: locks until the end of a transaction, rows that others see only
/// after the commit, versions, conditional updates, all or nothing.
///
/// It is the arbiter of the simulations: several processes' actors may write to one.
actor SimulatedDatabase: LoopActor {
    nonisolated let executor: LoopExecutor
    let clock: any LoopClock
    var random: SeededRandom

    // Committed rows.
    var stock: [VariantID: StockRow] = [:]
    var keys: [Hash32: KeyState] = [:]
    var carts: [CartID: CartState] = [:]
    var orders: [OrderID: PlaceOrder] = [:]

    // What transactions that still run have locked.
    var locks: Set<Lock> = []

    // Faults.
    var script: [Fault] = []
    var chances: [(fault: Fault, perMille: Int)] = []
    var delays = 0...0
    var lockTimeout = 20
    /// Orders that can never be written.
    var poisoned: Set<OrderID> = []

    // What tests look at.
    var batches: [Batch] = []
    var stockReads: [[VariantID]] = []
    var keyReads: [[Hash32]] = []
    var refusals: [StoredRefusal] = []
    var cartLoads = 0
    var violations: [String] = []
    /// What came after the commit that made an order, for each order.
    var running = 0

    enum Lock: Hashable {
        case key(Int64)
        case cart(CartID)
        case stock(VariantID)
    }

    enum Fault: Equatable {
        case none, conflict, short, stuck, unavailable
        case fault
        /// The reply is lost and nothing was done.
        case lostBefore
        /// The reply is lost after the commit.
        case lostAfter
        /// The connection is lost, and the transaction goes on for so many milliseconds until it commits.
        case lateCommit(Int)
    }

    struct Batch {
        let orders: [OrderID]
        let lockingScarce: Bool
        var outcome: Result<[PlaceOutcome], JournalError>?
    }

    init(executor: LoopExecutor, clock: any LoopClock, seed: UInt64 = 1) {
        self.executor = executor
        self.clock = clock
        random = SeededRandom(seed: seed)
    }

    // MARK: what tests arrange

    func put(_ variant: VariantID, onHand: Int, offerVersion: Int64 = 1, sellable: Bool = true) {
        stock[variant] = StockRow(
            variant: variant, onHand: onHand, reserved: 0, version: 1, offerVersion: offerVersion, sellable: sellable)
    }

    /// Somebody else changes a row, as a seller or another process does.
    func change(_ variant: VariantID, _ body: (inout StockRow) -> Void) {
        guard var row = stock[variant] else { return }
        body(&row)
        row.version += 1
        stock[variant] = row
    }

    func openCart(_ number: Int64) {
        carts[CartID(rawValue: number)] = CartState(
            id: CartID(rawValue: number), owner: .user(UserID(rawValue: number)), version: 1, lines: [],
            updatedAt: Timestamp(seconds: 0))
    }

    /// Another process has the key until `release`.
    func take(_ digest: Hash32) {
        locks.insert(.key(digest.lockKey))
    }

    func release(_ digest: Hash32, finished state: KeyState? = nil) {
        if let state { keys[digest] = state }
        locks.remove(.key(digest.lockKey))
    }

    // MARK: the parts of a transaction

    func nextFault() -> Fault {
        if !script.isEmpty { return script.removeFirst() }
        for chance in chances where Int.random(in: 0..<1000, using: &random) < chance.perMille { return chance.fault }
        return .none
    }

    func pause(_ milliseconds: Int? = nil) async {
        let length = milliseconds ?? Int.random(in: delays, using: &random)
        guard length > 0 else { return }
        try? await withLoopContinuation { continuation in
            _ = clock.schedule(after: .milliseconds(length)) { continuation.resume() }
        }
    }

    /// Waits for a row lock as long as `lock_timeout` says.
    func lock(_ lock: Lock, into held: inout [Lock]) async throws(JournalError) {
        var waited = 0
        while locks.contains(lock) {
            guard waited < lockTimeout else { throw .stuck }
            await pause(1)
            waited += 1
        }
        locks.insert(lock)
        held.append(lock)
    }

    func unlock(_ held: [Lock]) {
        for lock in held { locks.remove(lock) }
    }

    // MARK: what must be true of the committed rows at any time

    /// What is wrong with the rows; nothing, if all is well.
    func problems() -> [String] {
        var problems = violations
        var sold: [VariantID: Int] = [:]
        for order in orders.values {
            for line in order.order.lines { sold[line.variant, default: 0] += line.quantity }
            if keys[order.claim.digest] == nil { problems.append("\(order.order.id) has no key row") }
        }
        for row in stock.values {
            if row.reserved > row.onHand || row.reserved < 0 { problems.append("oversold: \(row)") }
            if row.reserved != sold[row.variant] ?? 0 {
                problems.append("\(row) but the orders say \(sold[row.variant] ?? 0)")
            }
        }
        if Set(orders.values.map(\.claim.digest)).count != orders.count { problems.append("two orders of one key") }
        let made = orders.values.map { "\($0.order.cart)/\($0.order.cartVersion)" }
        if Set(made).count != made.count { problems.append("two orders of one cart version") }
        return problems
    }
}

extension SimulatedDatabase: StockJournal {
    func stock(of variants: [VariantID]) async throws(JournalError) -> [StockRow] {
        stockReads.append(variants)
        await pause()
        let rows = variants.compactMap { stock[$0] }
        await pause()
        return rows
    }
}

extension SimulatedDatabase {
    func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID> {
        await pause()
        return Set(variants.filter { stock[$0] != nil && !locks.contains(.stock($0)) })
    }
}

extension SimulatedDatabase: KeyJournal {
    func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        keyReads.append(digests)
        await pause()
        return Dictionary(uniqueKeysWithValues: digests.compactMap { digest in keys[digest].map { (digest, $0) } })
    }

    func storeRefusals(_ refusals: [StoredRefusal]) async throws(JournalError) {
        let fault = nextFault()
        await pause()
        guard fault == .none else { throw .unavailable }
        for refusal in refusals {
            self.refusals.append(refusal)
            let digest = refusal.claim.digest
            if keys[digest] == nil, !locks.contains(.key(digest.lockKey)) {
                keys[digest] = .finished(fingerprint: refusal.claim.fingerprint, refusal.answer)
            }
        }
    }
}
