// SPDX-License-Identifier: Apache-2.0
import Actors
import Logging
import MarketCore
import Synchronization
import UVRuntime

/// The bounds of the processes of one world; small, so that they are met.
struct ProcessLimits: Sendable {
    var orders = OrderLimits()
    var payments = PaymentLimits()
    var inventory = InventoryLimits()
    var carts = CartLimits()
    var keys = IdempotencyLimits()
    var refusalsWaiting = 1024
    var orderShards = 1
    var paymentShards = 2
}

/// One life of a server: the real actors behind endpoints that settle keys, refusals and outcomes as the web layer does.
final class SimulatedProcess: Sendable {
    let life: ProcessLife
    let executor: ManualExecutor
    let journal: ProcessJournal
    let trace: Trace
    let limits: ProcessLimits
    let inventory: InventoryDirectory
    let orders: OrderActor
    let payments: PaymentActor
    let carts: CartDirectory
    let keys: IdempotencyDirectory
    let cartsInUse = CartsInUse()
    /// When this process last refused a request of its own under a key.
    let refusedAt = Mutex<[Hash32: UInt64]>([:])
    /// What the provider's interface is asked through.
    let provider: SimulatedProvider
    let ids: Numbers
    private let offerMemory = Mutex<[VariantID: OfferRow]>([:])

    init(
        life: ProcessLife, executor: ManualExecutor, database: SimulatedDatabase, provider: SimulatedProvider,
        hints: any AnswerHints, limits: ProcessLimits, dice: Dice, trace: Trace
    ) {
        self.life = life
        self.executor = executor
        self.trace = trace
        self.limits = limits
        self.provider = provider
        let journal = ProcessJournal(database: database, life: life, trace: trace)
        self.journal = journal
        let ids = Numbers(from: Int64(life.number) << 24)
        self.ids = ids
        inventory = InventoryDirectory(
            executor: executor, clock: executor, shardCount: 2, limits: limits.inventory, journal: journal)
        orders = OrderActor(
            executor: executor, clock: executor, shardCount: limits.orderShards, limits: limits.orders,
            inventory: inventory, journal: journal, logger: .silent, random: { dice.word() })
        payments = PaymentActor(
            executor: executor, clock: executor, shardCount: limits.paymentShards, limits: limits.payments,
            journal: journal, logger: .silent, random: { dice.word() })
        carts = CartDirectory(
            executors: [executor, executor], clocks: [executor, executor], limits: limits.carts, journal: journal,
            logger: .silent, random: { dice.word() }, newID: { CartID(rawValue: ids.next()) })
        keys = IdempotencyDirectory(
            executor: executor, clock: executor, shardCount: 2, limits: limits.keys,
            refusalsWaitingMax: limits.refusalsWaiting, hints: hints, journal: journal, logger: .silent)
    }

    var database: SimulatedDatabase { journal.database }
    var now: Timestamp { Timestamp(microseconds: Int64(executor.now / 1000)) }

    func newNumber() -> Int64 { ids.next() }

    // MARK: offers, which memory may know too late

    func offers(_ variants: [VariantID]) async throws -> [VariantID: OfferRow] {
        let known = offerMemory.withLock { memory in variants.reduce(into: [:]) { $0[$1] = memory[$1] } }
        if known.count == variants.count { return known }
        let read = try await database.offers(of: variants, by: life)
        offerMemory.withLock { memory in
            for (variant, offer) in read where memory[variant]?.version ?? 0 <= offer.version {
                memory[variant] = offer
            }
        }
        return read
    }

    func invalidateOffers(_ variants: [VariantID]) {
        offerMemory.withLock { memory in
            for variant in variants { memory[variant] = nil }
        }
    }

    /// What a notification of an increase brings, when it comes.
    func hear(ofChange variant: VariantID) async {
        invalidateOffers([variant])
        await inventory.markStale([variant])
    }

    // MARK: timers

    func sweep() async {
        do {
            let ended = try await database.expire(limit: 256, by: life)
            guard life.isAlive else { return }
            await inventory.adopt(ended.stock)
        } catch {
            trace.note { "process \(life.number): expiring orders failed: \(error)" }
        }
    }

    // MARK: what is checked

    /// Σ holds = Σ live entries; every queue within its bound. Called between two jobs.
    func check() {
        guard life.isAlive else { return }
        let (held, parked) = inventory.assumeIsolated { ($0.unitsHeld, $0.parkedMost) }
        let (live, queued) = orders.assumeIsolated { ($0.liveUnits, $0.queuedMost) }
        trace.expect(held == live, "process \(life.number) holds \(held) units, live orders want \(live)")
        trace.expect(queued <= limits.orders.capacity, "\(queued) orders wait in a mailbox")
        trace.expect(parked <= limits.inventory.parkedPerVariant, "\(parked) orders are parked for one variant")
    }

    /// A variant of which memory would hold more units than are committed as available: where one process writes alone and
    /// hears every reply, a hold may only end when the row that counts its units is known.
    func promisesTooMuch(_ stock: [VariantID: StockRow]) -> VariantID? {
        stock.values.first { row in
            inventory.assumeIsolated { $0.spare(of: row.variant) } ?? 0 > row.available
        }?.variant
    }

    /// Nothing is left over once every client has its answer.
    func checkIdle() {
        guard life.isAlive else { return }
        let held = inventory.assumeIsolated { $0.unitsHeld }
        trace.expect(held == 0, "process \(life.number) holds \(held) units for nobody")
    }
}

extension Logger {
    /// Says nothing.
    static let silent = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
}
