// SPDX-License-Identifier: Apache-2.0
import LocalServices
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// Real servers over one fresh database with one product, and people who buy it.
struct LiveShop: Sendable {
    let database: TestDatabase
    let servers: [ServerProcess]
    let settings: ServerProcess.Settings

    /// Each keeps all cores of a small machine busy.
    private static let turns = Turns(2)

    /// The only server, or the first.
    var server: ServerProcess { servers[0] }
    var client: TestClient { servers[0].client }

    /// How the servers of a test are made up.
    struct Shape: Sendable, CustomTestStringConvertible {
        var servers = 1
        var loops = 1
        var startsSandbox = false
        /// Whether the processes hear of each other's changes; everything stays right without.
        var hasNews = true

        var testDescription: String { "\(servers) × \(loops) loops\(hasNews ? "" : ", without news")" }
    }

    /// Runs a body with servers over one database with one product of `stock` units; checks the invariants afterwards.
    static func with(
        _ shape: Shape = Shape(), stock: Int = 100, redis: LocalRedis? = nil, environment: [String: String] = [:],
        _ body: @Sendable (LiveShop) async throws -> Void
    ) async throws {
        try await turns.with {
            try await run(shape, stock, redis, environment, body)
        }
    }

    private static func run(
        _ shape: Shape, _ stock: Int, _ redis: LocalRedis?, _ environment: [String: String],
        _ body: @Sendable (LiveShop) async throws -> Void
    ) async throws {
        try await TestDatabase.with { try await run(shape, stock, redis, environment, on: $0, body) }
    }

    /// The same over a PostgreSQL of its own, which the body may freeze or kill; it must work again at the end.
    static func withOwnPostgres(
        _ shape: Shape = Shape(), stock: Int = 100, environment: [String: String] = [:],
        _ body: @Sendable (LiveShop, OwnPostgres) async throws -> Void
    ) async throws {
        try await turns.with {
            try await OwnPostgres.with { postgres in
                try await run(shape, stock, nil, environment, on: postgres.database) { try await body($0, postgres) }
            }
        }
    }

    private static func run(
        _ shape: Shape, _ stock: Int, _ redis: LocalRedis?, _ environment: [String: String],
        on database: TestDatabase, _ body: @Sendable (LiveShop) async throws -> Void
    ) async throws {
        // Before the server starts: into a database without products it would load its demo catalogue.
        _ = try await database.sql(Fixture.catalogue(stock: stock))
        if !shape.hasNews { _ = try await database.sql(Self.silence) }
        var environment = environment
        environment["RUNTIME_LOOPS"] = "\(shape.loops)"
        let settings = ServerProcess.Settings(
            databaseURL: database.url, redisURL: redis?.socketPath, environment: environment,
            startsSandbox: shape.startsSandbox)
        try await start(shape.servers, settings, []) { servers in
            try await body(LiveShop(database: database, servers: servers, settings: settings))
        }
        let broken = try await database.text(
            "select coalesce(string_agg(name, ','), '') from platform.invariants_v4() where not ok")
        #expect(broken == "")
    }

    private static func start(
        _ count: Int, _ settings: ServerProcess.Settings, _ started: [ServerProcess],
        _ body: @Sendable ([ServerProcess]) async throws -> Void
    ) async throws {
        guard started.count < count else { return try await body(started) }
        try await ServerProcess.with(settings) { server in
            try await start(count, settings, started + [server], body)
        }
    }

    /// Nobody hears anything any more.
    private static let silence = """
        create or replace function platform.notify_v1(p_channel text, p_payloads text[]) returns void language sql as 'select';
        """

    /// Makes people with a session and a cart of one unit at version 1, without the price of hashing passwords.
    func buyers(_ count: Int) async throws -> [Buyer] {
        _ = try await database.sql(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
            select 2000 + n, 'b' || n || '@example.org', 'b' || n || '@example.org', 'none', 'Buyer', 'active'
              from generate_series(0, \(count - 1)) n;
            insert into accounts.sessions (id, user_id) select 3000 + n, 2000 + n from generate_series(0, \(count - 1)) n;
            \(Fixture.carts(count))
            """)
        let tokens = await AccessTokens(secret: try ServerProcess.secret())
        var buyers: [Buyer] = []
        for number in 0..<count {
            let token = try await tokens.issue(
                user: ID(rawValue: Int64(2000 + number)), session: ID(rawValue: Int64(3000 + number)), audience: .all,
                lifetime: .seconds(3600))
            buyers.append(Buyer(number: number, token: token))
        }
        return buyers
    }

    /// The bytes of an order of a cart at a version with one unit.
    static func order(cartVersion: Int = 1, total: Int64 = Fixture.price, note: String = "") -> String {
        """
        {"cart_version":\(cartVersion),"expected_total":{"amount":\(total),"currency":"INR"},"payment_method":"razorpay",\
        "customer_note":"\(note)","shipping_address":{"name":"Asha Rao","phone":"+919812345678","line1":"1 MG Road",\
        "city":"Bengaluru","state_code":"KA","postal_code":"560001"}}
        """
    }

    /// Somebody with a cart.
    struct Buyer: Sendable {
        let number: Int
        let token: String
    }
}

extension TestDatabase {
    /// The cells of what a statement returns, separated as psql does and without blank lines.
    func text(_ sql: String) async throws -> String {
        try await self.sql(sql).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
