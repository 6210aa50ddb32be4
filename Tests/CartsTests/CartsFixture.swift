// SPDX-License-Identifier: Apache-2.0
import Actors
import Carts
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// The endpoints of Carts over a real database of their own, called without a server; offers are what the test says.
final class CartsFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    let pool: PostgresPool
    let carts: CartDirectory
    private let merge: MergeCarts
    let reaper: CartReaper
    let clients: ClientTokens
    let user = UserID(rawValue: 7)
    /// The user's access token.
    let token: String
    private let routes: InProcessRoutes

    private final class Offers: Sendable {
        let all = Mutex<[VariantID: Offer]>([:])
        /// What companies pay, where it is another price.
        let agreed = Mutex<[CompanyID: [VariantID: Offer]]>([:])
    }
    private let source: Offers

    /// What orders of the user had.
    final class Ordered: Sendable {
        let all = Mutex<[OrderID: [ReorderedLine]]>([:])
    }
    let ordered = Ordered()

    private init(
        _ database: TestDatabase, _ loop: EventLoop, _ limits: CartLimits, _ company: CompanyID?
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        let tokens = await AccessTokens(secret: secret)
        let states = UserStates(loop: loop) { sessions in
            let state = UserState(
                roles: .customer, permissions: [], status: .active, isSessionOpen: true, company: company)
            return Dictionary(uniqueKeysWithValues: sessions.map { ($0, state) })
        }
        let clients = ClientTokens(secret: secret)
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let carts = CartDirectory(
            executors: [loop], clocks: [loop], limits: limits,
            journal: CartStore(postgres: { pool }, writer: { pool }), logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) }, newID: { ids.next() })
        let source = Offers()
        let ordered = ordered
        let dependencies = CartsDependencies(
            gate: Gate(tokens: tokens, states: states, logger: logger), clients: clients,
            principals: Principals(secret: secret, clients: clients),
            calls: IdempotentCalls(keys: keys, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }, carts: carts,
            ports: CartPorts(
                offers: { variants, company in
                    let agreed = source.agreed.withLock { $0[company ?? CompanyID(rawValue: 0)] ?? [:] }
                    return source.all.withLock { all in
                        Dictionary(
                            uniqueKeysWithValues: variants.compactMap { id in (agreed[id] ?? all[id]).map { (id, $0) } }
                        )
                    }
                },
                mayBuy: { user, company in
                    try await pool.first(
                        """
                        select 1 from companies.members
                         where user_id = $1 and company_id = $2 and role in ('admin', 'buyer')
                        """, user.rawValue, company.rawValue) != nil
                },
                addressState: { address, user in
                    let row = try await pool.first(
                        "select state_code from accounts.addresses where id = $1 and user_id = $2", address.rawValue,
                        user.rawValue)
                    return try row?.string(0)
                },
                orderLines: { order, _ in ordered.all.withLock { $0[order] } }), ids: ids, clock: SystemClock(),
            monotonic: { loop.now })
        self.pool = pool
        self.carts = carts
        self.clients = clients
        self.source = source
        merge = MergeCarts(dependencies) { variants, _, _ in
            source.all.withLock { all in
                Dictionary(uniqueKeysWithValues: variants.compactMap { id in all[id].map { (id, $0) } })
            }
        }
        reaper = CartReaper(
            executor: loop, clock: loop, store: CartStore(postgres: { pool }, writer: { pool }), logger: logger)
        token = try await tokens.issue(user: user, session: SessionID(rawValue: 8), audience: .all)
        routes = InProcessRoutes(cartRoutes(dependencies), middleware: [ErrorAnswers.middleware])
    }

    /// Offers a variant and returns its id.
    @discardableResult
    func offer(
        _ number: Int64, price: Int64 = 1000, tiers: [Offer.Tier] = [], available: Int = 1_000_000, minimum: Int = 1,
        maximum: Int? = nil, step: Int = 1, currency: String = "INR", isSellable: Bool = true, seller: Int64 = 11,
        agreed: [Offer.Tier] = [], with company: CompanyID? = nil
    ) throws -> VariantID {
        let offer = Offer(
            variant: VariantID(rawValue: number), product: ProductID(rawValue: number + 1000),
            seller: SellerID(rawValue: seller), sellerName: "Loom", sellerState: "KA", sku: "SKU-\(number)",
            title: "Thing \(number)", slug: "thing-\(number)", thumbnailURL: nil, options: Array("{}".utf8),
            currency: try #require(Currency(currency)), price: price, tiers: tiers, minQuantity: minimum,
            maxQuantity: maximum, step: step, taxRate: try #require(BasisPoints(1800)), hsnCode: "5702", version: 1,
            sellable: isSellable, available: available, agreed: agreed)
        if let company {
            source.agreed.withLock { $0[company, default: [:]][offer.variant] = offer }
        } else {
            source.all.withLock { $0[offer.variant] = offer }
        }
        return offer.variant
    }

    /// Takes a client's cart over into the user's as a log-in does: in a transaction of its own, after which memories are renewed.
    func merge(
        _ client: Hash32, beforeCommit: @Sendable () async throws -> Void = {}
    ) async throws {
        let merged = Mutex<[CartID]>([])
        let (merge, user) = (merge, user)
        func renew() async { await carts.renew(merged.withLock { $0 }) }
        do {
            try await pool.withTransaction { transaction in
                let written = try await merge.run(client, into: user, in: transaction)
                merged.withLock { $0 = written }
                try await beforeCommit()
            }
        } catch {
            await renew()
            throw error
        }
        await renew()
    }

    /// Posts to the user's cart, or to the anonymous one of a token.
    func post(
        _ path: String, _ body: String, key: String? = nil, guest: String? = nil, isUsers: Bool = true,
        ifMatch: String? = nil
    ) async throws -> TestClient.Answer {
        await routes.send(
            "POST", "/api/cart/\(path)/", body, token: isUsers && guest == nil ? token : nil, key: key,
            headers: (guest.map { [("X-Cart-Token", $0)] } ?? []) + (ifMatch.map { [("If-Match", $0)] } ?? []))
    }

    /// Asks for what an order had once more.
    func reorder(_ order: String, key: String? = nil, ifMatch: String? = nil) async throws -> TestClient.Answer {
        await routes.send(
            "POST", "/api/orders/reorder/", #"{"id":"\#(order)"}"#, token: token, key: key,
            headers: ifMatch.map { [("If-Match", $0)] } ?? [])
    }

    func add(_ variant: VariantID, _ quantity: Int, extra: String = "") async throws -> TestClient.Answer {
        try await post("add", #"{"variant_id":"\#(variant)","quantity":\#(quantity)\#(extra)}"#)
    }

    func get(_ query: String = "", guest: String? = nil, isUsers: Bool = true) async throws -> TestClient.Answer {
        await routes.send(
            "GET", "/api/cart/get/\(query)", token: isUsers && guest == nil ? token : nil,
            headers: guest.map { [("X-Cart-Token", $0)] } ?? [])
    }

    /// The lines of a cart's answer: variant and quantity, in order.
    func lines(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["groups"]?.elements?.flatMap { $0["lines"]?.elements ?? [] }.map {
            "\($0["variant_id"]?.string ?? "") × \($0["quantity"]?.int ?? 0)"
        } ?? []
    }

    /// The ids of a cart's lines, in order.
    func lineIDs(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["groups"]?.elements?.flatMap { $0["lines"]?.elements ?? [] }.compactMap { $0["id"]?.string }
            ?? []
    }

    func version(_ answer: TestClient.Answer) throws -> Int? { try answer.json["version"]?.int }

    /// Gives the body a fixture on a loop and a database of its own.
    ///
    /// - Parameter company: the only one that the user belongs to, as it is remembered of them.
    static func with(
        limits: CartLimits = CartLimits(), company: CompanyID? = nil,
        _ body: @escaping @Sendable (CartsFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await CartsFixture(database, loop, limits, company)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(fixture))
                    } catch {
                        outcome = .failure(error)
                    }
                    await fixture.pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}
