// SPDX-License-Identifier: Apache-2.0
import MarketCore
public import MarketHTTP
public import UVRuntime

/// The bounds of the catalogue's memory; each loop has its own.
public struct CatalogMemoryLimits: Sendable {
    /// Details, about 4 kB each with their gzip: those that a shop of 100,000 products is asked for again and again.
    public var details = 16_384
    public var detailBytes = 64 << 20
    /// Pages of lists, of filters and of searches, about 14 kB each.
    public var pages = 4096
    public var pageBytes = 64 << 20
    /// No older answer is given out, counted from the beginning of its look-up: news that were lost do not make anything wrong
    /// for longer than clients may keep an answer anyway (`max-age=30`).
    public var ageMax: Duration = .seconds(30)

    /// The defaults.
    public init() {}
}

/// The catalogue's finished answers, in the memory of one loop.
///
/// **How answers grow old.** Whoever commits a change tells of it (`SharedChange`), this process at once and the others some
/// milliseconds later; what the news concern is forgotten, and a look-up that began before them is not remembered. Orders tell of
/// units they took where ten or fewer are left, releases of every unit that came back, so `in_stock` and `available` follow
/// within 100 ms. While news cannot be heard (the LISTEN connection is lost) nothing is remembered at all. ``ageMax`` is the last
/// resort.
///
/// Answers at a company's prices never come here.
///
/// - Isolation: an actor on its loop.
public final actor CatalogMemory: LoopActor {
    /// What an answer is asked for by.
    enum Key: Hashable {
        case product(ProductID)
        case slug(String)
        /// A page: its route and query.
        case page(String)
    }

    /// Rows that are looked for in every page; with more of them (an import) all pages go, which is cheaper than to look.
    static let comparedMax = 64

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let ageMax: UInt64
    private var isTrusted = false
    private var details: AnswerShelf<ProductID>
    private var pages: AnswerShelf<String>
    private var ids: [String: ProductID] = [:]
    /// Which detail shows a variant.
    private var products: [VariantID: ProductID] = [:]
    private var categories: CategoryCache?
    private var flights: [Key: AnswerFlight] = [:]
    /// Look-ups that began and are not done, those that nobody joins any more included.
    private var flying: [ObjectIdentifier: AnswerFlight] = [:]

    /// Makes an empty memory, which keeps nothing until ``trust()``.
    public init(executor: LoopExecutor, clock: any LoopClock, limits: CatalogMemoryLimits = CatalogMemoryLimits()) {
        self.executor = executor
        self.clock = clock
        ageMax = limits.ageMax.wholeMilliseconds &* 1_000_000
        details = AnswerShelf(countMax: limits.details, byteCountMax: limits.detailBytes)
        pages = AnswerShelf(countMax: limits.pages, byteCountMax: limits.pageBytes)
    }

    // MARK: Answers

    /// The answer, if it is there and not too old.
    func remembered(_ key: Key) -> CatalogAnswer? { known(key)?.answer }

    /// The answer with the moment it was read.
    private func known(_ key: Key) -> (answer: CatalogAnswer, asOf: UInt64)? {
        switch key {
        case .product(let id): return fresh(details.entry(id))
        case .slug(let slug):
            guard let id = ids[slug], let known = fresh(details.entry(id)), known.answer.shown.slug == slug else {
                return nil
            }
            return known
        case .page(let query): return fresh(pages.entry(query))
        }
    }

    private func fresh<AnyKey>(_ entry: AnswerShelf<AnyKey>.Entry?) -> (answer: CatalogAnswer, asOf: UInt64)? {
        guard let entry, clock.now &- entry.asOf < ageMax else { return nil }
        return (entry.answer, entry.asOf)
    }

    /// The answer from memory, or from a look-up that all share who ask for it meanwhile.
    ///
    /// - Throws: what the look-up throws; nothing is remembered of that.
    func answer(
        _ key: Key, _ load: @escaping @Sendable () async throws -> CatalogAnswer
    ) async throws -> CatalogAnswer {
        try await dated(key, load).answer
    }

    /// As ``answer(_:_:)``, with the moment since which it may be out of date: for what becomes part of another answer.
    func dated(
        _ key: Key, _ load: @escaping @Sendable () async throws -> CatalogAnswer
    ) async throws -> (answer: CatalogAnswer, asOf: UInt64) {
        if let known = known(key) { return known }
        // One that began before the last news may bring what was there before them.
        if let flight = flights[key], flight.news.isEmpty { return (try await flight.landed(), flight.began) }
        let flight = AnswerFlight(began: clock.now)
        flights[key] = flight
        flying[ObjectIdentifier(flight)] = flight
        Task { await run(flight, key, load) }
        return (try await flight.landed(), flight.began)
    }

    private func run(
        _ flight: AnswerFlight, _ key: Key, _ load: @Sendable () async throws -> CatalogAnswer
    ) async {
        let result: Result<CatalogAnswer, any Error>
        do {
            result = .success(try await load())
        } catch {
            result = .failure(error)
        }
        if flights[key] === flight { flights[key] = nil }
        flying[ObjectIdentifier(flight)] = nil
        if case .success(let answer) = result, isTrusted, !flight.isDistrusted,
            !flight.news.contains(where: answer.shown.isOutdated)
        {
            remember(answer, key, asOf: min(flight.began, answer.partsSince ?? .max))
        }
        flight.land(result)
    }

    private func remember(_ answer: CatalogAnswer, _ key: Key, asOf: UInt64) {
        if case .page(let query) = key {
            pages.insert(.init(answer: answer, asOf: asOf), for: query)
            return
        }
        guard let product = answer.shown.product else { return }
        forget(product)
        let dropped = details.insert(.init(answer: answer, asOf: asOf), for: product)
        for (id, entry) in dropped { forgetNames(of: entry.answer, id) }
        if let slug = answer.shown.slug { ids[slug] = product }
        for variant in answer.shown.variants { products[variant] = product }
    }

    // MARK: News

    /// Forgets what the news concern.
    public func forget(_ change: SharedChange) {
        for flight in flying.values { flight.news.append(change) }
        if change.rowCount > Self.comparedMax {
            pages.removeAll()
        } else {
            pages.removeAll { $0.shown.isOutdated(by: change) }
        }
        switch change {
        case .stock(let variants?), .sold(let variants?), .offers(let variants?):
            for variant in variants { if let product = products[variant] { forget(product) } }
        case .products(let changed?):
            for product in changed { forget(product) }
            categories?.assumeIsolated { $0.expire() }
        case .ratings(let changed?): for product in changed { forget(product) }
        case .sellers(let changed?):
            let sellers = Set(changed)
            for product in details.keys(where: { $0.shown.seller.map(sellers.contains) ?? false }) { forget(product) }
        case .stock(nil), .sold(nil), .offers(nil), .ratings(nil), .sellers(nil): forgetDetails()
        case .products(nil):
            forgetDetails()
            categories?.assumeIsolated { $0.forget() }
        case .users, .commissions, .notifications, .carts: break
        }
    }

    /// News are heard from now on; what was remembered before may have changed.
    public func trust() {
        distrust()
        isTrusted = true
    }

    /// News may be missed from now on: nothing is remembered until ``trust()``.
    public func distrust() {
        isTrusted = false
        for flight in flying.values { flight.isDistrusted = true }
        pages.removeAll()
        forgetDetails()
        categories?.assumeIsolated { $0.forget() }
    }

    /// The tree of categories, which goes with the news of all products and counts anew with those of some; made once, by the routes of the loop.
    nonisolated func categories(
        clock: any LoopClock, _ load: @escaping @Sendable () async throws -> [CategoryRow]
    ) -> CategoryCache {
        let cache = CategoryCache(executor: executor, clock: clock, load: load)
        assumeIsolated { $0.categories = cache }
        return cache
    }

    /// Answers in memory.
    var count: Int { details.count + pages.count }

    private func forget(_ product: ProductID) {
        guard let entry = details.remove(product) else { return }
        forgetNames(of: entry.answer, product)
    }

    private func forgetNames(of answer: CatalogAnswer, _ product: ProductID) {
        if let slug = answer.shown.slug, ids[slug] == product { ids[slug] = nil }
        for variant in answer.shown.variants where products[variant] == product { products[variant] = nil }
    }

    private func forgetDetails() {
        details.removeAll()
        ids = [:]
        products = [:]
    }
}
