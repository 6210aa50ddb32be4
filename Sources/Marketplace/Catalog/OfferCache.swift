// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import UVRuntime

/// The bounds of an offer cache.
public struct OfferLimits: Sendable {
    /// Offers in memory, about 1 kB each: 10,000 hot variants twice over fit in 32 MB.
    public var entries = 32_768
    /// No older offer is given out, counted from the beginning of the look-up that brought it. Changes are told of and forgotten at
    /// once, and what was missed is refused by the database: this bounds what a cart shows where a process died before it told.
    public var ageMax: Duration = .seconds(30)
    /// From this age on an offer that is asked for is read anew behind the answer, so that hot ones never make anybody wait. Of 10,000
    /// hot variants 700 a second: at 2 seconds they were a tenth of what orders cost the database.
    public var refreshAfter: Duration = .seconds(15)
    /// How long a variant is remembered as unknown; short, because it may just be on its way.
    public var unknownAgeMax: Duration = .seconds(1)
    /// Variants in one statement: a cart has 200 lines, and several carts may share it.
    public var batch = 512
    /// Variants that may wait for a look-up, the ones in flight included; beyond it callers get `MailboxError.overloaded`.
    public var waiting = 8192

    /// The defaults.
    public init() {}
}

/// What carts and orders price by: the offers of variants, in the memory of one loop.
///
/// Memory may be wrong for ``OfferLimits/ageMax``; the database judges every line by `Offer.version`. Whoever is told there
/// that an offer has changed calls ``invalidate(_:)`` and asks again. Look-ups of one moment share a statement, and a variant
/// is looked up once however many ask.
///
/// - Isolation: an actor on its loop; each loop has its own.
public final actor OfferCache: LoopActor {
    /// Reads the offers of those variants that exist.
    public typealias Loader = @Sendable ([VariantID]) async throws -> [Offer]

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let limits: OfferLimits
    private let logger: Logger
    private let load: Loader
    private var memory: OfferMemory
    /// The look-up that is in flight.
    private var running: OfferFlight?
    /// The look-ups that follow it, each as full as a statement may be but the last.
    private var queued: [OfferFlight] = []
    private var isStartScheduled = false

    /// Makes an empty cache over a look-up.
    public init(
        executor: LoopExecutor, clock: any LoopClock, limits: OfferLimits = OfferLimits(),
        logger: Logger = Logger(label: "mve.catalog"), load: @escaping Loader
    ) {
        self.executor = executor
        self.clock = clock
        self.limits = limits
        self.logger = logger
        self.load = load
        memory = OfferMemory(capacity: limits.entries)
    }

    /// Makes an empty cache over the catalogue.
    public init(
        executor: LoopExecutor, clock: any LoopClock, limits: OfferLimits = OfferLimits(),
        logger: Logger = Logger(label: "mve.catalog"), store: CatalogStore
    ) {
        self.init(executor: executor, clock: clock, limits: limits, logger: logger) { try await store.offers($0) }
    }

    /// The offers of the variants that exist; one that cannot be bought now is there with `sellable` false.
    ///
    /// - Throws: what the look-up throws (a `PostgresError`); `MailboxError.overloaded` when too many wait.
    /// - Cost: a look-up in memory for each; a statement for what is not there or too old.
    public func offers(_ variants: [VariantID]) async throws -> [VariantID: Offer] {
        var found: [VariantID: Offer] = [:]
        found.reserveCapacity(variants.count)
        var missing: Set<VariantID> = []
        var ageing: [VariantID] = []
        let now = clock.now
        for variant in variants {
            switch judge(variant, now) {
            case .missing:
                missing.insert(variant)
            case .fresh(let offer):
                found[variant] = offer
            case .ageing(let offer):
                found[variant] = offer
                ageing.append(variant)
            }
        }
        refresh(ageing)
        guard !missing.isEmpty else { return found }
        for flight in try board(missing) {
            let landed = try await flight.landed()
            for variant in missing where flight.variants.contains(variant) { found[variant] = landed[variant] }
        }
        return found
    }

    /// Forgets variants whose offer was found to have changed; look-ups that began before do not bring it back.
    public func invalidate(_ variants: [VariantID]) {
        for variant in variants {
            memory.remove(variant)
            running?.outdated.insert(variant)
        }
    }

    /// Forgets the variants of products that have changed.
    ///
    /// - Cost: linear in the entries (32,768: a millisecond), at most once in twenty milliseconds for each other process.
    public func invalidate(of products: [ProductID]) {
        invalidate(memory.variants(of: Set(products)))
        // What a look-up brings is known when it lands.
        if let running { running.outdated.formUnion(running.variants) }
    }

    /// Forgets everything: changes may have been missed.
    public func invalidateAll() {
        memory.removeAll()
        if let running { running.outdated.formUnion(running.variants) }
    }

    /// Entries in memory.
    public var count: Int { memory.count }

    // MARK: Memory

    private enum Judgement {
        case missing
        case fresh(Offer?)
        case ageing(Offer?)
    }

    private func judge(_ variant: VariantID, _ now: UInt64) -> Judgement {
        guard let entry = memory.entry(variant) else { return .missing }
        let age = Duration.nanoseconds(Int64(clamping: now &- entry.asOf))
        guard let offer = entry.offer else { return age < limits.unknownAgeMax ? .fresh(nil) : .missing }
        if age >= limits.ageMax { return .missing }
        return age < limits.refreshAfter ? .fresh(offer) : .ageing(offer)
    }

    // MARK: Flights

    /// Variants that a look-up in flight or in the queue is about to bring.
    private var waitingCount: Int {
        (running?.variants.count ?? 0) + queued.reduce(0) { $0 + $1.variants.count }
    }

    /// Finds each variant a look-up that begins, or began, after it was last found outdated.
    private func board(_ missing: Set<VariantID>) throws -> [OfferFlight] {
        var flights: [OfferFlight] = []
        var rest: [VariantID] = []
        for variant in missing {
            if let flight = flight(bringing: variant) {
                if !flights.contains(where: { $0 === flight }) { flights.append(flight) }
            } else {
                rest.append(variant)
            }
        }
        guard rest.isEmpty || waitingCount + rest.count <= limits.waiting else { throw MailboxError.overloaded }
        for variant in rest {
            let flight = enqueue(variant)
            if !flights.contains(where: { $0 === flight }) { flights.append(flight) }
        }
        return flights
    }

    private func flight(bringing variant: VariantID) -> OfferFlight? {
        if let running, running.variants.contains(variant), !running.outdated.contains(variant) { return running }
        return queued.first { $0.variants.contains(variant) }
    }

    private func enqueue(_ variant: VariantID) -> OfferFlight {
        let flight: OfferFlight
        if let last = queued.last, last.variants.count < limits.batch {
            flight = last
        } else {
            flight = OfferFlight()
            queued.append(flight)
        }
        flight.variants.insert(variant)
        scheduleStart()
        return flight
    }

    /// Reads behind the answer; when too many wait, the entries just grow old.
    private func refresh(_ variants: [VariantID]) {
        guard !variants.isEmpty, waitingCount + variants.count <= limits.waiting else { return }
        for variant in variants where flight(bringing: variant) == nil { _ = enqueue(variant) }
    }

    /// Lets what is ready now ask first, so that one statement serves all of this moment.
    private func scheduleStart() {
        guard running == nil, !isStartScheduled else { return }
        isStartScheduled = true
        Task { await flyAll() }
    }

    private func flyAll() async {
        isStartScheduled = false
        while running == nil, !queued.isEmpty {
            let flight = queued.removeFirst()
            running = flight
            let asOf = clock.now
            let result: Result<[VariantID: Offer], any Error>
            do {
                let offers = try await load(Array(flight.variants))
                result = .success(Dictionary(offers.map { ($0.variant, $0) }, uniquingKeysWith: { $1 }))
            } catch {
                logger.warning("offers could not be read", metadata: ["reason": "\(error)"])
                result = .failure(error)
            }
            if case .success(let offers) = result {
                for variant in flight.variants where !flight.outdated.contains(variant) {
                    memory.insert(.init(offer: offers[variant], asOf: asOf), for: variant)
                }
            }
            running = nil
            flight.land(result)
        }
    }
}
