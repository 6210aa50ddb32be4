// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Redis
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// One server of the small shop: all on one loop, with a memory and connections of its own.
final class SmallServer: Sendable {
    /// What the servers of a shop have in common.
    struct Shared: Sendable {
        let settings: SmallShop.Settings
        let databaseURL: String
        let redisURL: String
        let databaseName: String
        /// Where long uploads wait.
        let uploads: String
        let secret: SecretKey
        let clients: ClientTokens
        let tokens: AccessTokens
        let doorstep: Doorstep
        let provider: SmallProvider
        let wall: ManualClock
        let blocked: SmallShop.Blocked
        let ends = TimedHints.Ends()
    }

    let client: TestClient
    let port: UInt16
    let waits: KeyWaits
    let keys: IdempotencyDirectory
    let reaper: RowReaper
    let pool: PostgresPool
    private let loop: EventLoop
    private let clock: SkippingClock
    private let redis: RedisClient
    private let server: HTTPServer

    private init(_ parts: Parts, _ server: HTTPServer, _ loop: EventLoop) throws {
        (waits, keys, reaper, pool) = (parts.waits, parts.keys, parts.reaper, parts.pool)
        (clock, redis) = (parts.clock, parts.redis)
        self.loop = loop
        self.server = server
        port = server.address.port
        client = try TestClient(url: "http://127.0.0.1:\(server.address.port)", connections: 64)
    }

    /// What is made on the loop.
    private struct Parts: Sendable {
        let clock: SkippingClock
        let redis: RedisClient
        let pool: PostgresPool
        let waits: KeyWaits
        let keys: IdempotencyDirectory
        let reaper: RowReaper
        let routes: [Route]
    }

    static func start(_ shared: Shared, on loop: EventLoop) async throws -> SmallServer {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let parts = try await loop.run { try await Self.parts(shared, loop, logger) }
        var configuration = HTTPServerConfiguration(logger: logger)
        configuration.isTrustedProxy = { _ in true }
        configuration.spoolDirectory = shared.uploads
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let server = try await HTTPServer.start(
            on: address, loops: [loop], router: Router(parts.routes, middleware: [ErrorAnswers.middleware]),
            configuration: configuration)
        return try SmallServer(parts, server, loop)
    }

    private static func parts(_ shared: Shared, _ loop: EventLoop, _ logger: Logger) async throws -> Parts {
        let clock = SkippingClock(loop: loop)
        var database = PostgresConfiguration(url: shared.databaseURL, logger: logger)
        database.limits.connections = shared.settings.connections
        if let patience = shared.settings.patience {
            // The server is patient, its client is not: so a COMMIT is given up that the server completes.
            (database.statementTimeout, database.lockTimeout) = (.seconds(120), .seconds(120))
            database.deadlineSlack = patience - database.statementTimeout
        }
        let pool = PostgresPool(configuration: database, loop: loop)
        let redis = RedisClient(
            loop: loop, configuration: try #require(RedisConfiguration(url: shared.redisURL)), logger: logger)
        await redis.start()
        let store = KeyStore { pool }
        let keys = IdempotencyDirectory(
            executor: loop, clock: clock, shardCount: 2,
            limits: IdempotencyLimits(waiting: shared.settings.waits.waiting), refusalsWaitingMax: 64,
            hints: TimedHints(
                redis: RedisAnswers(redis: { redis }, database: "small.\(shared.databaseName)"), clock: clock,
                ends: shared.ends), journal: store, logger: logger)
        let waits = KeyWaits(clock: clock, limits: shared.settings.waits)
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let calls = IdempotentCalls(keys: keys, waits: waits) { ids.nextRawValue() }
        let states = UserStates(loop: loop, clock: shared.wall) { sessions in
            let blocked = shared.blocked.users.withLock { $0 }
            return Dictionary(
                uniqueKeysWithValues: sessions.map { session in
                    let status: UserStatus = blocked.contains(session.user) ? .blocked : .active
                    return (
                        session, UserState(roles: .customer, permissions: [], status: status, isSessionOpen: true)
                    )
                })
        }
        let routes = SmallRoutes(
            gate: Gate(tokens: shared.tokens, states: states, logger: logger),
            principals: Principals(secret: shared.secret, clients: shared.clients), calls: calls,
            transactions: KeyedTransactions(
                pool: pool, calls: calls, waits: waits, secrets: SecretAnswers(secret: shared.secret)),
            phased: PhasedCalls(pool: pool, calls: calls, waits: waits), doorstep: shared.doorstep,
            provider: shared.provider)
        return Parts(
            clock: clock, redis: redis, pool: pool, waits: waits, keys: keys,
            reaper: RowReaper.ofKeys(executor: loop, clock: clock, store: store, logger: logger), routes: routes.all)
    }

    /// Time passes here.
    func skip(_ duration: Duration) async throws {
        let clock = clock
        try await loop.run { clock.skip(duration) }
    }

    /// Requests that wait for a key, in memory or for another process.
    func waiting() async throws -> Int {
        let (keys, waits) = (keys, waits)
        return try await loop.run { await keys.waiterCount + waits.count }
    }

    /// Removes what is dead.
    func reap() async throws -> Int {
        let reaper = reaper
        return try await loop.run { await reaper.sweep() }
    }

    func stop() async {
        await client.close()
        await server.drain(limit: .seconds(5))
        let (keys, pool, redis) = (keys, pool, redis)
        // The only error is that the loop has ended already.
        try? await loop.run {
            try await keys.shutDown()
            await redis.close()
            await pool.close()
        }
    }
}
