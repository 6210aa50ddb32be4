// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import HTTP

/// The endpoints of those who write and judge products, over a database of their own with two categories and three sellers.
final class ProductsFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// Who calls.
    struct Person: Sendable {
        let user: UserID
        let token: String
    }

    let pool: PostgresPool
    let database: TestDatabase
    /// Where its files are.
    let folder = TestFolder()
    /// What was told after commits.
    let told = Mutex<[ProductNews]>([])
    /// Owns Loom (11), which is active.
    let kiran: Person
    /// Owns Lux (12), which is active and trusted.
    let lata: Person
    /// Owns Gone (13), which is suspended.
    let gopal: Person
    /// Is a seller by role, and a member of none.
    let nobody: Person
    let customer: Person
    let admin: Person
    /// An admin who may only look.
    let reader: Person
    /// An admin of other things.
    let clerk: Person
    private let loop: EventLoop
    private let states: UserStates
    private let tokens: AccessTokens
    private let routes: Mutex<InProcessRoutes?>
    let allRoutes: Mutex<[Route]>

    static let roles: [Int64: Roles] = [
        50: .admin, 51: .admin, 52: .admin, 60: .customer, 70: [.customer, .seller], 80: .seller, 90: .seller,
        95: .seller,
    ]

    private static let permissions: [Int64: Permissions] = [
        50: [.productsRead, .productsWrite], 51: .productsRead, 52: .logsRead,
    ]

    private init(_ database: TestDatabase, _ loop: EventLoop) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var configuration = PostgresConfiguration(url: database.url, logger: logger)
        // As many as race in a test.
        configuration.limits.connections = 8
        pool = PostgresPool(configuration: configuration, loop: loop)
        self.database = database
        self.loop = loop
        let tokens = await AccessTokens(secret: try Self.secret())
        self.tokens = tokens
        states = UserStates(loop: loop) { sessions in
            var states: [UserSession: UserState] = [:]
            for session in sessions {
                states[session] = UserState(
                    roles: Self.roles[session.user.rawValue] ?? [],
                    permissions: Self.permissions[session.user.rawValue] ?? [], status: .active,
                    isSessionOpen: true)
            }
            return states
        }
        func person(_ number: Int64) async throws -> Person {
            let user = UserID(rawValue: number)
            let token = try await tokens.issue(user: user, session: SessionID(rawValue: number + 1), audience: .all)
            return Person(user: user, token: token)
        }
        kiran = try await person(70)
        lata = try await person(80)
        gopal = try await person(90)
        nobody = try await person(95)
        customer = try await person(60)
        admin = try await person(50)
        reader = try await person(51)
        clerk = try await person(52)
        routes = Mutex(nil)
        allRoutes = Mutex([])
        try restart()
    }

    private static func secret() throws -> SecretKey { try #require(SecretKey([UInt8](repeating: 9, count: 32))) }

    /// Makes the endpoints anew, as a process does that knows only what the database knows.
    func restart() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (pool, loop) = (pool, loop)
        let secret = try Self.secret()
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let calls = IdempotentCalls(keys: keys, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }
        let made = productRoutes(
            ProductsDependencies(
                pool: pool, gate: Gate(tokens: tokens, states: states, logger: logger),
                transactions: KeyedTransactions(
                    pool: pool, calls: calls, waits: KeyWaits(clock: loop), secrets: SecretAnswers(secret: secret)),
                phased: PhasedCalls(pool: pool, calls: calls, waits: KeyWaits(clock: loop)),
                ports: ProductPorts(
                    sellerOf: { try await ProductStore(client: pool.reads).standing(of: $0) },
                    changed: { [unowned self] news in told.withLock { $0 += news } }),
                cursors: CursorCodec(secret: secret), ids: ids, clock: SystemClock(),
                files: FileStore(directory: folder.path, keys: PrivateFileKeys(secret)),
                images: ImageProcessor(loop: loop)))
        allRoutes.withLock { $0 = made }
        routes.withLock { $0 = InProcessRoutes(made, middleware: [ErrorAnswers.middleware]) }
    }

    static let people = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name)
        select n, n || '@example.org', n || '@example.org', 'none', 'Person ' || n from unnest('{50,51,60,70,80,90,95}'::int[]) n;
        insert into sellers.sellers (id, owner_user_id, slug, business_name, status, state_code, trusted)
        values (11, 70, 'loom', 'Loom', 'active', 'KA', false), (12, 80, 'lux', 'Lux', 'active', 'MH', true),
               (13, 90, 'gone', 'Gone', 'suspended', 'KA', false);
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids)
        values (21, null, 'home', 'Home', '{home}', '{21}'), (22, 21, 'rugs', 'Rugs', '{home,rugs}', '{21,22}');
        """

    // MARK: Requests

    func send(
        _ method: String, _ target: String, _ body: String? = nil, as person: Person?, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        let routes = try #require(routes.withLock { $0 })
        return await routes.send(method, target, body, token: person?.token, key: key, headers: headers)
    }

    func post(
        _ path: String, _ body: String, as person: Person? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await send("POST", path, body, as: person ?? kiran, key: key)
    }

    func update(
        _ product: String, version: Int, _ change: String, as person: Person? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        let body = #"{"id":"\#(product)","expected_version":\#(version)\#(change.isEmpty ? "" : ",")\#(change)}"#
        return try await send("PUT", "/api/products/update/", body, as: person ?? kiran, key: key)
    }

    func get(_ target: String, as person: Person? = nil) async throws -> TestClient.Answer {
        try await send("GET", target, as: person ?? kiran)
    }

    // MARK: Products

    static let category = CategoryID(rawValue: 22).description

    static func price(_ amount: Int) -> String { #"{"amount":\#(amount),"currency":"INR"}"# }

    /// A variant of a body.
    static func variant(_ sku: String, price amount: Int = 1000, colour: String? = nil, extra: String = "") -> String {
        let options = colour.map { #","options":{"colour":"\#($0)"}"# } ?? ""
        return #"{"sku":"\#(sku)","price":\#(price(amount)),"weight_g":100\#(options)\#(extra)}"#
    }

    /// The body of a new product.
    static func body(
        title: String = "Walnut speaker", variants: [String] = [variant("S-1", extra: #","stock":5"#)],
        extra: String = ""
    ) -> String {
        """
        {"title":"\(title)","description":"Two ways.","category_id":"\(category)","hsn_code":"851822","gst_rate_bps":1800,\
        "variants":[\(variants.joined(separator: ","))]\(extra)}
        """
    }

    /// What a test goes on with.
    struct Made: Sendable {
        let id: String
        let version: Int
        let variants: [String]

        var row: Int64 { ProductID(id)?.rawValue ?? 0 }
    }

    static func made(_ answer: TestClient.Answer) throws -> Made {
        let json = try answer.json
        return Made(
            id: try #require(json["id"]?.string, "\(answer.text)"), version: try #require(json["version"]?.int),
            variants: json["variants"]?.elements?.compactMap { $0["id"]?.string } ?? [])
    }

    /// A draft.
    func draft(_ body: String = ProductsFixture.body(), as person: Person? = nil) async throws -> Made {
        try Self.made(try await post("/api/products/create/", body, as: person))
    }

    /// A product that waits for its first decision.
    func submitted(_ body: String = ProductsFixture.body(), as person: Person? = nil) async throws -> Made {
        let draft = try await draft(body, as: person)
        return try Self.made(try await post("/api/products/submit/", #"{"id":"\#(draft.id)"}"#, as: person))
    }

    /// A product that is for sale.
    func approved(_ body: String = ProductsFixture.body()) async throws -> Made {
        let waiting = try await submitted(body)
        return try Self.made(try await decide("approve", waiting.id))
    }

    func decide(
        _ decision: String, _ product: String, revision: Int? = nil, extra: String? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        let why = decision == "reject" ? #","reason_code":"images","note":"Too dark.""# : ""
        let named = revision.map { #","revision":\#($0)"# } ?? ""
        return try await post(
            "/api/admin/products/\(decision)/", #"{"id":"\#(product)"\#(named)\#(extra ?? why)}"#, as: admin, key: key)
    }

    /// The only text of the only row.
    func text(_ sql: String) async throws -> String {
        try await pool.query(PostgresSQL(text: sql)).only().string(0)
    }

    /// Types and numbers of the events of a product.
    func events(of product: Made) async throws -> String {
        try await text(
            """
            select coalesce(string_agg(seq || ' ' || type, ', ' order by seq), '') from platform.outbox
             where aggregate_type = 'product' and aggregate_id = \(product.row)
            """)
    }

    /// Codes of a problem's items by their pointers.
    static func faults(_ answer: TestClient.Answer) throws -> [String: String] {
        var faults: [String: String] = [:]
        for item in try answer.json["errors"]?.elements ?? [] {
            faults[item["pointer"]?.string ?? ""] = item["code"]?.string
        }
        return faults
    }

    /// Gives the body a fixture on a loop and a database of its own.
    static func with(_ body: @escaping @Sendable (ProductsFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(people)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await ProductsFixture(database, loop)
                    do {
                        try await body(fixture)
                    } catch {
                        await fixture.pool.close()
                        throw error
                    }
                    await fixture.pool.close()
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
