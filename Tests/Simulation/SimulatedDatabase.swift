// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

/// A database in memory that judges as the real one does: locks until the end of a transaction, rows that others see only
/// after the commit, versions, conditional updates, all or nothing.
///
/// It is the arbiter of the simulations: several processes' actors write to one. Its statements are those of the migrations
/// 0010 to 0015, 0024 and 0027, rule by rule; what a client of it does wrong (a batch with a key twice) is a violation.
actor SimulatedDatabase: LoopActor {
    nonisolated let executor: LoopExecutor
    let clock: any LoopClock
    let dice: Dice
    let trace: Trace

    // Committed rows.
    var stock: [VariantID: StockRow] = [:]
    var offers: [VariantID: OfferRow] = [:]
    var keys: [Hash32: KeyRow] = [:]
    var carts: [CartID: CartState] = [:]
    var cartOf: [CartOwner: CartID] = [:]
    /// `carts.carts.last_write`.
    var lastCartWrite: [CartID: Int64] = [:]
    var orders: [OrderID: OrderRow] = [:]
    var orderOfCart: [CartVersion: OrderID] = [:]
    var reservations: [OrderID: ReservationRow] = [:]
    var payments: [PaymentID: PaymentRow] = [:]
    var paymentOfProviderOrder: [String: PaymentID] = [:]
    var providerPayments: [String: ProviderPaymentRow] = [:]
    var events: [String: EventRow] = [:]
    var ledger: [String: LedgerRow] = [:]
    var outbox: Set<OutboxEvent> = []
    var jobs: Set<String> = []

    // What the committed rows were: refusals are judged by it.
    var levels: [VariantID: [(at: UInt64, row: StockRow)]] = [:]
    /// The committed cart changes of each intent.
    var cartWrites: [Int: Int] = [:]
    /// What the cart changes of clients are meant to do, by the note of their line.
    var intents: [Int: CartIntent] = [:]
    /// Keys that made an order, and until when they stand.
    var orderOfKey: [Hash32: (order: OrderID, until: UInt64)] = [:]

    // What transactions that still run have locked, and since which start of the server.
    var locks: Set<Lock> = []
    var epoch = 0
    var isUp = true
    var running = 0

    // Faults.
    var script: [Fault] = []
    var chances: [(fault: Fault, perMille: Int)] = []
    var delays = 0...0
    /// Milliseconds; the real one's are `lock_timeout`.
    var lockTimeout = 200
    /// Orders that can never be written.
    var poisoned: Set<OrderID> = []
    /// Carts whose changes can never be written.
    var poisonedCarts: Set<CartID> = []

    // What tests look at.
    var batches: [Batch] = []
    var cartBatches: [[CartID]] = []
    var stockReads: [[VariantID]] = []
    var keyReads: [[Hash32]] = []
    var refusals: [StoredRefusal] = []
    var cartLoads = 0

    enum Lock: Hashable {
        case key(Int64)
        case cart(CartID)
        case order(OrderID)
        case event(String)
        case stock(VariantID)
    }

    struct CartVersion: Hashable {
        let cart: CartID
        let version: Int64
    }

    struct OutboxEvent: Hashable {
        let aggregate: String
        let sequence: Int
        let type: String
    }

    /// What a change does to a cart: so many more of a variant, or exactly so many.
    enum CartIntent: Sendable {
        case add(VariantID, Int)
        case set(VariantID, Int)
    }

    struct Batch {
        let orders: [OrderID]
        let check: StockCheck
        var outcome: Result<[PlaceOutcome], JournalError>?
    }

    init(executor: LoopExecutor, clock: any LoopClock, dice: Dice, trace: Trace) {
        self.executor = executor
        self.clock = clock
        self.dice = dice
        self.trace = trace
    }

    var now: UInt64 { clock.now }

    // MARK: what tests and the world arrange

    func put(_ variant: VariantID, onHand: Int, offerVersion: Int64 = 1, sellable: Bool = true, price: Int64 = 100) {
        let row = StockRow(
            variant: variant, onHand: onHand, reserved: 0, version: 1, offerVersion: offerVersion, sellable: sellable)
        stock[variant] = row
        levels[variant] = [(now, row)]
        offers[variant] = OfferRow(seller: SellerID(rawValue: 1), price: price, version: offerVersion)
    }

    /// A row changes in a transaction of its own, as when a seller or another program writes it.
    func change(_ variant: VariantID, _ body: (inout StockRow) -> Void) {
        guard var row = stock[variant] else { return }
        body(&row)
        row.version += 1
        trace.expect(
            row.reserved >= 0 && row.reserved <= row.onHand, "oversold: \(row.reserved) of \(row.onHand) of \(variant)")
        stock[variant] = row
        levels[variant, default: []].append((now, row))
    }

    func openCart(_ number: Int64) {
        let id = CartID(rawValue: number)
        let owner = CartOwner.user(UserID(rawValue: number))
        carts[id] = CartState(id: id, owner: owner, version: 1, lines: [], updatedAt: Timestamp(seconds: 0))
        cartOf[owner] = id
    }

    /// Another process has the key until `release`.
    func take(_ digest: Hash32) {
        locks.insert(.key(digest.lockKey))
    }

    func release(_ digest: Hash32, finished state: KeyState? = nil) {
        switch state {
        case .finished(let fingerprint, let answer, _)?:
            keys[digest] = KeyRow(fingerprint: fingerprint, answer: answer, expires: .max)
        case .started(let fingerprint)?: keys[digest] = KeyRow(fingerprint: fingerprint, answer: nil, expires: .max)
        case nil: break
        }
        locks.remove(.key(digest.lockKey))
    }

    /// The server process dies: transactions that run are undone, connections break, nobody can connect until `start`.
    func crash() {
        isUp = false
        epoch += 1
        locks = []
        running = 0
    }

    func start() {
        isUp = true
    }

    /// Removes keys that expired long ago, as the reaper does.
    func reapKeys() {
        keys = keys.filter { $0.value.expires &+ 3_600_000_000_000 >= now }
    }

    // MARK: what refusals rest on

    /// Whether a committed row of the variant was `so` at some moment from `since` on.
    func was(_ variant: VariantID, since: UInt64, _ so: (StockRow) -> Bool) -> Bool {
        for level in (levels[variant] ?? []).reversed() {
            if so(level.row) { return true }
            // The one that stood when the time began was still in force then; so may be one that ended in that very moment.
            if level.at < since { return false }
        }
        return false
    }
}
