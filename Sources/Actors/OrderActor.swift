// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
internal import Metrics
public import UVRuntime

/// Places orders: holds their units in memory, gathers what queued while the last batch was in flight, and commits all of it
/// in one transaction.
///
/// A hold belongs to the queued entry and ends in one synchronous place: its outcome, or the refusal to queue it
/// (hot path rule 10). Clients that vanish change nothing.
///
/// - Isolation: on one loop with the inventory shards.
public final actor OrderActor: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let limits: OrderLimits
    private let inventory: InventoryDirectory
    private let busyKeys: BusyKeys
    /// One per shard of carts; they share the batches in flight.
    private let mailboxes: [BatchingMailbox<Entry, Written>]
    private let stuck: StuckVariants
    /// For orders of stuck variants, with a connection of its own.
    private let sideLane: BatchingMailbox<Entry, Written>

    /// How often an order may leave a batch of the main lane: twice only if its row was stuck, free, and stuck again.
    private static let setAsideMax = 2

    fileprivate struct Entry: Sendable {
        let order: PlaceOrder
        let lines: [StockLine]
    }

    fileprivate struct Written: Sendable {
        let outcome: PlaceOutcome
        /// What an earlier send of the batch did is not known.
        let isInDoubt: Bool
    }

    /// What the caller has to answer.
    public enum Result: Sendable, Equatable {
        /// Committed by this call: the order's own answer goes out.
        case placed
        /// The key was used before; compare fingerprints: replay or refuse.
        case known(fingerprint: Hash32, answer: StoredAnswer)
        /// The cart was ordered already by the same request.
        case sameCartOrder(OrderID, StoredAnswer?)
        /// The cart changed meanwhile.
        case cartMoved
        /// Lines cannot be had. From memory nothing was written and the key is still free.
        case refused([LineRefusal], fromMemory: Bool)
        /// Another process works on the key, longer than we wait.
        case inProgress
    }

    /// Makes an order actor with empty mailboxes.
    ///
    /// - Parameters:
    ///   - shardCount: mailboxes, a power of two, sharded by cart. More make smaller batches: for measurements.
    ///   - stuckJournal: writes the orders of variants whose rows others keep locked, over a connection that nobody else
    ///     uses; nil: `journal` does.
    ///   - random: draws jitter for resends.
    public init(
        executor: LoopExecutor, clock: any LoopClock, shardCount: Int = 1, limits: OrderLimits,
        inventory: InventoryDirectory, journal: any OrderJournal, stuckJournal: (any OrderJournal)? = nil,
        logger: Logger, random: @escaping @Sendable () -> UInt64
    ) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shard counts are powers of two")
        self.executor = executor
        self.clock = clock
        self.limits = limits
        self.inventory = inventory
        busyKeys = BusyKeys(executor: executor, clock: clock, journal: journal)
        let stuck = StuckVariants(executor: executor, clock: clock, inventory: inventory, logger: logger)
        self.stuck = stuck
        let writing = Writing(
            clock: clock, limits: limits, inventory: inventory, stuck: stuck, logger: logger, random: random)
        let gate = FlightGate(executor: executor, places: limits.inFlight)
        let write = writing.handler(journal, leavesStuck: true)
        mailboxes = (0..<shardCount).map { _ in
            BatchingMailbox(
                executor: executor,
                limits: .init(
                    capacity: limits.capacity, batch: limits.batch, inFlight: limits.inFlight,
                    halvedFrom: limits.halvedFrom), clock: clock,
                gate: gate,
                keys: Writing.keys, handler: write)
        }
        sideLane = BatchingMailbox(
            executor: executor,
            limits: .init(
                capacity: min(limits.stuck, limits.capacity), batch: min(limits.stuck, limits.batch), inFlight: 1),
            keys: Writing.keys, handler: writing.handler(stuckJournal ?? journal, leavesStuck: false))
    }

    /// Orders that wait for a batch.
    public var depth: Int {
        get async {
            var sum = 0
            for mailbox in mailboxes + [sideLane] { sum += await mailbox.depth }
            return sum
        }
    }

    /// The same, each shard by itself, the side lane last.
    public var depths: [Int] {
        get async {
            var depths: [Int] = []
            for mailbox in mailboxes + [sideLane] { depths.append(await mailbox.depth) }
            return depths
        }
    }

    /// Units of the orders that are queued or in flight: what the inventory's holds must add up to (hot path rule 10).
    package var liveUnits: Int {
        let live = (mailboxes + [sideLane]).flatMap { $0.assumeIsolated { $0.live } }
        return live.reduce(0) { sum, entry in sum + entry.lines.reduce(0) { $0 + $1.quantity } }
    }

    /// Orders that wait in the fullest mailbox; for checks of its bound.
    package var queuedMost: Int {
        mailboxes.map { $0.assumeIsolated { $0.depth } }.max() ?? 0
    }

    /// Places an order, or says why not.
    ///
    /// - Throws: `MailboxError.overloaded` before anything was held or written; `JournalError` of this order's batch, `.unknownOutcome`
    ///   whenever it may be committed.
    /// - Cancellation: has no effect once queued; the order is placed or refused and its key tells.
    public func place(_ order: PlaceOrder) async throws -> Result {
        executor.preconditionCurrent()
        var isInDoubt = false
        do {
            return try await place(order, &isInDoubt)
        } catch {
            // What an earlier batch sent may be committed, whatever this one ran into.
            throw isInDoubt ? JournalError.unknownOutcome : error
        }
    }

    private func place(_ order: PlaceOrder, _ isInDoubt: inout Bool) async throws -> Result {
        let lines = order.order.stockLines
        let shard = mailboxes[ShardHash.index(order.order.cart.rawValue, count: mailboxes.count)]
        let deadline = clock.now &+ limits.waiting.wholeMilliseconds &* 1_000_000
        var attempt = 0
        var setAside = 0
        while true {
            if let refusals = try await hold(lines) {
                // It may have the very units that are missing.
                guard !isInDoubt else { throw JournalError.unknownOutcome }
                return .refused(refusals, fromMemory: true)
            }
            CrashPoint.reach(.orderHeld)
            let isStuck = await stuck.holds(lines)
            let mailbox = isStuck ? sideLane : shard
            let outcome: PlaceOutcome
            do {
                // The job stands before the one that takes the batch.
                CrashPoint.reach(.orderQueued) { end in _ = Task { end() } }
                let written = try await mailbox.send(Entry(order: order, lines: lines))
                isInDoubt = isInDoubt || written.isInDoubt
                outcome = written.outcome
            } catch let error as MailboxError {
                await inventory.release(lines)  // refused at the door: it was never queued
                throw error
            } catch is SetAside where !isStuck && setAside < Self.setAsideMax {
                // Its hold has ended with the batch that it left. It waits in the side lane now; or where it was, if the row is
                // free again.
                setAside += 1
                continue
            } catch is SetAside {
                throw JournalError.stuck
            }
            switch outcome {
            case .placed: return .placed
            case .known(let fingerprint, let answer): return .known(fingerprint: fingerprint, answer: answer)
            case .sameCartOrder(let order, let answer): return .sameCartOrder(order, answer)
            case .cartMoved: return .cartMoved
            case .refused(let refusals): return .refused(refusals, fromMemory: false)
            case .busy:
                guard clock.now < deadline else { return .inProgress }
                if case .finished(let fingerprint, let answer, _)? = try await busyKeys.poll(
                    order.claim.digest, attempt: attempt)
                {
                    return .known(fingerprint: fingerprint, answer: answer)
                }
                attempt += 1
            }
        }
    }

    /// Holds all lines; waits where only other orders' holds stand in the way. Holds nothing while it waits.
    private func hold(_ lines: [StockLine]) async throws -> [LineRefusal]? {
        var since = clock.now
        while true {
            switch await inventory.tryHold(lines, since: since) {
            case .held: return nil
            case .refused(let refusals): return refusals
            case .reload(let variants): try await inventory.reload(variants)
            case .park(let variant):
                try await inventory.park(variant)
                // It may have waited long: what was read before says little of now.
                since = clock.now
            }
        }
    }

    /// Refuses new orders and waits for the queued ones.
    public func shutDown() async throws {
        for mailbox in mailboxes + [sideLane] { try await mailbox.drainAndClose() }
    }
}

/// What the lanes of an order actor do with a batch.
private struct Writing: Sendable {
    let clock: any LoopClock
    let limits: OrderLimits
    let inventory: InventoryDirectory
    let stuck: StuckVariants
    let logger: Logger
    let random: @Sendable () -> UInt64
    let sizes = Recorder(label: "mve_batch_size", dimensions: [("actor", "order")])

    /// One order per key and cart in flight.
    static let keys: @Sendable (OrderActor.Entry) -> [Int64] = {
        [$0.order.claim.digest.lockKey, $0.order.order.cart.rawValue]
    }

    /// - Parameter leavesStuck: orders of variants that became stuck while they queued fail without being sent, for the side lane. Those
    ///   of that lane itself are sent, unless they would keep other rows meanwhile.
    func handler(
        _ journal: any OrderJournal, leavesStuck: Bool
    ) -> BatchingMailbox<OrderActor.Entry, OrderActor.Written>.Handler {
        let (inventory, stuck, sizes, clock) = (inventory, stuck, sizes, clock)
        let retry = BatchRetry<OrderActor.Entry, OrderActor.Written>(
            actor: "order", clock: clock, limits: limits.retry, logger: logger, random: random,
            attempt: { entries, attempt throws(JournalError) in
                CrashPoint.reach(.orderSent, EventLoop.afterFlush)
                let sent = clock.now
                let placed = try await journal.place(entries.map(\.order), check: attempt.check)
                CrashPoint.reach(.orderReplyReceived)
                // By what the database says of this very attempt: a known key may be of an earlier one.
                for (entry, outcome) in zip(entries, placed.outcomes) {
                    if case .placed = outcome { await stuck.placed(entry.lines) }
                }
                let outcomes = await inventory.apply(
                    placed, to: entries.map(\.order), asOf: sent, mayBeOwn: attempt.mayBeOwn)
                return outcomes.map { .init(outcome: $0, isInDoubt: attempt.mayBeOwn) }
            },
            setAside: { entries in
                await stuck.find(among: entries.map(\.lines), oneIsEnough: leavesStuck)
                let free = Set(await stuck.free(of: entries.map(\.lines)))
                return entries.indices.map { !free.contains($0) }
            })
        return { batch in
            sizes.record(batch.count)
            CrashPoint.reach(.orderBatchTaken)
            let lines = batch.map(\.lines)
            var results = [Swift.Result<OrderActor.Written, any Error>](
                repeating: .failure(SetAside()), count: batch.count)
            for turn in leavesStuck ? [await stuck.free(of: lines)] : await stuck.turns(of: lines) where !turn.isEmpty {
                let written = await retry.write(turn.map { batch[$0] })
                precondition(written.count == turn.count, "every order of a batch has an outcome")
                for (place, result) in zip(turn, written) { results[place] = result }
            }
            // The only place where the hold of a queued order ends.
            await inventory.settle(
                lines, failed: results.map { if case .failure = $0 { true } else { false } })
            CrashPoint.reach(.orderSettled)
            return results
        }
    }
}

/// Bounds of the order actor.
public struct OrderLimits: Sendable {
    /// Orders that may wait, per shard (`ACTORS_MAILBOX_MAX`).
    public var capacity: Int
    /// Orders in one transaction (`ACTORS_BATCH_MAX`).
    public var batch: Int
    /// Transactions that are sent at a time over all shards. They run one behind the other on one connection: the next one is
    /// there when one ends.
    public var inFlight: Int
    /// A batch of more is at most half of those that are here: one half in the database, one with us (docs/adr/0018).
    public var halvedFrom: Int
    /// Orders of stuck variants that may wait: they wait for somebody's lock, so a few are enough.
    public var stuck: Int
    /// How long a duplicate waits for another process before it is told to come back.
    public var waiting: Duration
    /// Resends.
    public var retry: RetryLimits

    /// States the bounds.
    public init(
        capacity: Int = 4096, batch: Int = 128, inFlight: Int = 2, halvedFrom: Int = 16,
        waiting: Duration = .seconds(10), retry: RetryLimits = RetryLimits(), stuck: Int = 64
    ) {
        self.halvedFrom = halvedFrom
        self.stuck = stuck
        self.capacity = capacity
        self.batch = batch
        self.inFlight = inFlight
        self.waiting = waiting
        self.retry = retry
    }
}
