// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import UVRuntime

/// Reads committed stock for the inventory actors. Implemented by the catalogue's store and by the simulator.
public protocol StockJournal: Sendable {
    /// The committed rows of the variants that exist, read after the call began.
    func stock(of variants: [VariantID]) async throws(JournalError) -> [StockRow]

    /// Which of the variants' rows nobody has locked at this moment; never waits for a lock.
    func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID>
}

/// The inventory shards of a process, all on one loop: a hold over several shards is one synchronous step.
///
/// - Isolation: an actor on the shards' loop.
public final actor InventoryDirectory: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let shards: [InventoryShard]
    private let journal: any StockJournal
    private let clock: any LoopClock
    /// Which read brings a variant's row.
    private var reading: [VariantID: Int] = [:]
    /// Who waits for a read, in order of arrival: the first to ask is the first to hold.
    private var readers: [Int: [LoopContinuation<Void>]] = [:]
    private var readsMade = 0
    /// Who wants to know what became scarce; nil until somebody does.
    private var tellSold: (@Sendable ([VariantID]) -> Void)?
    /// Changed while they were being read: what the read brings may be what was there before.
    private var outdated: Set<VariantID> = []

    /// What came of an attempt to hold all lines of an order.
    enum Attempt {
        case held
        case refused([LineRefusal])
        case reload([VariantID])
        case park(VariantID)
    }

    /// Makes `shardCount` shards; the count is a power of two.
    public init(
        executor: LoopExecutor, clock: any LoopClock, shardCount: Int, limits: InventoryLimits,
        journal: any StockJournal
    ) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shard counts are powers of two")
        self.executor = executor
        self.journal = journal
        self.clock = clock
        shards = (0..<shardCount).map { _ in InventoryShard(clock: clock, limits: limits) }
    }

    /// The shard that owns a variant; the same for every process with the same shard count.
    private func shard(of variant: VariantID) -> InventoryShard {
        shards[ShardHash.index(variant.rawValue, count: shards.count)]
    }

    /// Holds all lines or none, in one synchronous step.
    ///
    /// - Parameter demand: when the lines were asked for.
    func tryHold(_ lines: [StockLine], since demand: UInt64) -> Attempt {
        var refused: [LineRefusal] = []
        var reload: [VariantID] = []
        var park: VariantID?
        for line in lines {
            switch shard(of: line.variant).judge(line, since: demand) {
            case .fits: break
            case .reload: reload.append(line.variant)
            case .parks: park = park ?? line.variant
            case .refused(let refusal): refused.append(refusal)
            }
        }
        if !reload.isEmpty { return .reload(reload) }
        if !refused.isEmpty { return .refused(refused) }
        if let park { return .park(park) }
        for line in lines { shard(of: line.variant).hold(line) }
        return .held
    }

    /// Ends the holds of a decided order.
    func release(_ lines: [StockLine]) {
        for line in lines { shard(of: line.variant).release(line) }
    }

    /// Takes over rows that a batch left, before the holds of its orders end.
    ///
    /// - Parameter sent: when their statement was sent, by this loop's clock; nil when the caller cannot say.
    public func adopt(_ rows: [StockRow], asOf sent: UInt64? = nil) {
        var sold: [VariantID] = []
        for row in rows where shard(of: row.variant).adopt(row, asOf: sent) { sold.append(row.variant) }
        if !sold.isEmpty { tellSold?(sold) }
    }

    /// Has somebody told of variants of which orders of this process have left so few units that buyers see how many: after
    /// the commit, many at once. The callback must not block.
    public func onSold(_ tell: @escaping @Sendable ([VariantID]) -> Void) {
        tellSold = tell
    }

    /// Applies what a batch left: newest rows in, lagging ones marked. Holds end afterwards, in `settle`.
    ///
    /// - Parameters:
    ///   - sent: when the batch was sent.
    ///   - mayBeOwn: an earlier send of the same batch lost its reply, so a known key may be this very order.
    func apply(
        _ placed: PlacedBatch, to orders: [PlaceOrder], asOf sent: UInt64, mayBeOwn: Bool
    ) -> [PlaceOutcome] {
        adopt(placed.stock, asOf: sent)
        return zip(orders, placed.outcomes).map { order, outcome in
            guard case .known(let fingerprint, let answer) = outcome else { return outcome }
            // A replay says nothing of the rows that its first run left.
            markStale(order.order.lines.map(\.variant))
            // The stored body names the order's own id: equal bytes are this order, committed when the reply was lost.
            let own = mayBeOwn && fingerprint == order.claim.fingerprint && answer == order.answer
            return own ? .placed : outcome
        }
    }

    /// Ends the holds of a decided batch in one synchronous step.
    func settle(_ orders: [[StockLine]], failed: [Bool]) {
        for (lines, failed) in zip(orders, failed) {
            if failed { markStale(lines.map(\.variant)) }
            release(lines)
        }
    }

    /// The rows of these variants may have changed without us.
    public func markStale(_ variants: [VariantID]) {
        for variant in variants {
            if reading[variant] != nil { outdated.insert(variant) }
            shard(of: variant).markStale(variant)
        }
    }

    /// Every row may have changed without us.
    public func markAllStale() {
        outdated.formUnion(reading.keys)
        for shard in shards { shard.markAllStale() }
    }

    /// Units that live orders hold, over all shards.
    public var unitsHeld: Int {
        shards.reduce(0) { $0 + $1.unitsHeld }
    }

    /// Orders that are parked for the variant with the most; for checks of its bound.
    package var parkedMost: Int {
        shards.map { $0.parkedMost }.max() ?? 0
    }

    /// Which of the variants' rows nobody has locked in the database at this moment.
    func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID> {
        try await journal.unlocked(among: variants)
    }

    /// Units of a variant that an order could hold now; nil when the row has to be read first. For checks.
    package func spare(of variant: VariantID) -> Int? {
        shard(of: variant).spare(of: variant)
    }

    /// The newest committed row that is known; for reads that may lag.
    public func row(_ variant: VariantID) -> StockRow? {
        shard(of: variant).row(variant)
    }

    /// Waits until the next outcome for a variant.
    func park(_ variant: VariantID) async throws {
        try await shard(of: variant).park(variant)
    }

    /// Reads rows anew, one read per variant however many ask; a variant without a row counts as empty and unsellable.
    func reload(_ variants: [VariantID]) async throws {
        let missing = variants.filter { reading[$0] == nil }
        if !missing.isEmpty {
            readsMade += 1
            let number = readsMade
            for variant in missing { reading[variant] = number }
            readers[number] = []
            Task { await read(missing, number) }
        }
        for number in Set(variants.compactMap { reading[$0] }).sorted() {
            try await withLoopContinuation { continuation in
                // A read that ended while this caller waited for another one has nothing more to say.
                guard readers[number] != nil else { return continuation.resume() }
                readers[number]?.append(continuation)
            }
        }
    }

    private func read(_ variants: [VariantID], _ number: Int) async {
        let result: Result<Void, any Error>
        let sent = clock.now
        do throws(JournalError) {
            let rows = try await journal.stock(of: variants)
            // Whoever sold what the read shows has told of it.
            for row in rows { shard(of: row.variant).adopt(row, asOf: sent) }
            let found = Set(rows.map(\.variant))
            for variant in variants where !found.contains(variant) {
                let none = StockRow(
                    variant: variant, onHand: 0, reserved: 0, version: 0, offerVersion: .max, sellable: false)
                shard(of: variant).adopt(none, asOf: sent)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        for variant in variants {
            reading[variant] = nil
            if outdated.remove(variant) != nil { markStale([variant]) }
        }
        for reader in readers.removeValue(forKey: number) ?? [] { reader.resume(with: result) }
    }
}

/// Spreads keys over shards: the same key gives the same shard in every process.
public enum ShardHash {
    /// The shard of a number; `count` is a power of two.
    public static func index(_ key: Int64, count: Int) -> Int {
        var word = UInt64(bitPattern: key)
        word = (word ^ (word >> 33)) &* 0xff51_afd7_ed55_8ccd
        word = (word ^ (word >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        word ^= word >> 33
        return Int(truncatingIfNeeded: word & UInt64(count - 1))
    }
}
