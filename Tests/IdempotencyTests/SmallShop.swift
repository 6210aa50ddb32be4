// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import LocalServices
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Redis
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// A small application of the same parts as the shop: test routes behind real sockets over a real PostgreSQL and Redis, as
/// one server or as two on one database. Part D of the idempotency contract is run against it.
///
/// Every case of part D is a test named after its number, `case17…`; where several share a test it bears the first one's
/// number and the others stand in its name or its argument. Over the API itself, `IntegrationTests/AccountTests` has 31, where an
/// admin blocks the account, and 59; 29 and 30 stand here with a new token that is issued directly.
final class SmallShop: Sendable {
    let database: TestDatabase
    let servers: [SmallServer]
    let provider = SmallProvider()
    let blocked = Blocked()
    /// Where slow handlers wait.
    let doorstep = Doorstep()
    /// The time by which tokens run out.
    let wall: ManualClock
    let clients: ClientTokens
    let secret: SecretKey
    private let group: EventLoopGroup

    /// The accounts that may not be used.
    final class Blocked: Sendable {
        let users = Mutex<Set<UserID>>([])
    }

    /// What differs from shop to shop.
    struct Settings: Sendable {
        var servers = 1
        var redisURL: String?
        var waits = KeyWaits.Limits()
        var connections = 4
        /// Past it a statement's connection is given up by its client.
        var patience: Duration?
    }

    private init(_ database: TestDatabase, _ settings: Settings, redisURL: String) async throws {
        self.database = database
        group = try EventLoopGroup(count: settings.servers)
        wall = ManualClock()
        secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        clients = ClientTokens(secret: secret)
        let tokens = await AccessTokens(secret: secret, clock: wall)
        let shared = SmallServer.Shared(
            settings: settings, databaseURL: database.url, redisURL: redisURL, databaseName: database.name,
            uploads: Self.uploads(database),
            secret: secret, clients: clients, tokens: tokens, doorstep: doorstep, provider: provider,
            wall: wall, blocked: blocked)
        var servers: [SmallServer] = []
        for loop in group.loops { servers.append(try await SmallServer.start(shared, on: loop)) }
        self.servers = servers
    }

    /// The server that gets what is sent again: another one, where there is another.
    var other: SmallServer { servers[servers.count - 1] }
    var first: SmallServer { servers[0] }

    static func with(_ count: Int, _ body: (SmallShop) async throws -> Void) async throws {
        try await with(Settings(servers: count), body)
    }

    static func with(_ settings: Settings, _ body: (SmallShop) async throws -> Void) async throws {
        let redis: String
        if let url = settings.redisURL { redis = url } else { redis = try await EmbeddedRedis.shared().socketPath }
        try await TestDatabase.with { database in
            _ = try await database.sql(SmallShopSchema.sql)
            let shop = try await SmallShop(database, settings, redisURL: redis)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(shop))
            } catch {
                result = .failure(error)
            }
            shop.doorstep.open()
            shop.provider.doorstep.open()
            for server in shop.servers { await server.stop() }
            await shop.group.shutdown()
            // A directory that is not empty stays.
            #expect(rmdir(uploads(database)) == 0, "uploads were left behind")
            try result.get()
        }
    }

    private static func uploads(_ database: TestDatabase) -> String { "/tmp/mve-uploads-\(database.name)" }

    // MARK: What a test asks for

    /// Sends a thing to be made; see `TestClient.send`.
    func make(
        _ body: String = #"{"sku":"A-1","qty":2}"#, key: String? = SmallShop.key, at server: SmallServer? = nil,
        _ path: String = "/things/", headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        try await (server ?? first).client.send("POST", path, body, key: key, headers: headers)
    }

    /// Long enough for a client that nothing is known of.
    static let key = "0123456789abcdef-key"

    /// Effects in the database.
    func effects(_ condition: String = "true") async throws -> Int {
        try #require(Int(try await database.sql("select count(*) from small.effects where \(condition);").trimmed))
    }

    /// Key rows in the database.
    func rows(_ condition: String = "true") async throws -> Int {
        try #require(
            Int(
                try await database.sql("select count(*) from platform.idempotency_keys where \(condition);").trimmed))
    }

    /// Time passes, on every clock: the servers', the tokens' and, since its own cannot be set, in the database's rows.
    func pass(_ duration: Duration) async throws {
        let seconds = duration.components.seconds
        _ = try await database.sql(
            """
            update platform.idempotency_keys set created_at = created_at - interval '\(seconds) seconds',
              expires_at = expires_at - interval '\(seconds) seconds',
              lease_until = lease_until - interval '\(seconds) seconds';
            """)
        wall.advance(by: duration)
        for server in servers { try await server.skip(duration) }
    }

    /// Comes back when something is so that other tasks bring about.
    func until(_ what: String = #function, _ condition: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while try await !condition() {
            try #require(clock.now < end, "it never came to that: \(what)")
            try await first.client.backOff(.milliseconds(1))
        }
    }

    /// A token of a user's.
    func token(_ user: Int64) async throws -> String {
        let tokens = await AccessTokens(secret: secret, clock: wall)
        return try await tokens.issue(
            user: UserID(rawValue: user), session: SessionID(rawValue: user), audience: .all)
    }
}

extension String {
    var trimmed: String { String(drop { $0.isWhitespace }.prefix { !$0.isWhitespace }) }
}
