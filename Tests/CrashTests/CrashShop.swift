// SPDX-License-Identifier: Apache-2.0
import LocalServices
import MarketCore
import MarketHTTP
import Synchronization
import TestSupport
import Testing

/// A database, a Redis of its own, the provider's sandbox, and servers on fixed ports that die and come back.
///
/// The sandbox outlives every server, as the real provider does, and delivers its webhooks to the first one's port.
final class CrashShop: Sendable {
    let store: Store
    let redis: LocalRedis
    let sandbox: LocalSandbox
    let provider: TestClient
    let doors = Doors()
    let progress = Progress()
    private let ports: [PortReservation]
    /// Servers that run at a time.
    var serverCount: Int { ports.count }
    private let servers = Mutex<[Int: ServerProcess]>([:])

    /// The database of a shop.
    struct Store: Sendable {
        let url: String
        let sql: @Sendable (String) async throws -> String

        /// The cells of what a statement returns, without blank lines.
        func rows(_ statement: String) async throws -> [[Substring]] {
            try await sql(statement).split(separator: "\n").map {
                $0.split(separator: "|", omittingEmptySubsequences: false)
            }
        }
    }

    private init(store: Store, redis: LocalRedis, sandbox: LocalSandbox, ports: [PortReservation]) throws {
        self.store = store
        self.redis = redis
        self.sandbox = sandbox
        self.ports = ports
        provider = try TestClient(url: sandbox.url)
    }

    /// Each keeps all cores of a small machine busy.
    private static let turns = Turns(1)

    /// Runs a body over a fresh database; stops whatever runs at its end.
    static func with(servers: Int = 1, _ body: @Sendable (CrashShop) async throws -> Void) async throws {
        try await turns.with {
            try await TestDatabase.with { database in
                let store = Store(url: database.url) { try await database.sql($0) }
                try await with(store, servers: servers, body)
            }
        }
    }

    /// The same over a server of the test's own, which it may kill.
    static func withOwnPostgres(
        _ body: @Sendable (CrashShop, OwnPostgres) async throws -> Void
    ) async throws {
        try await turns.with {
            let postgres = try await OwnPostgres.start()
            let result: Result<Void, any Error>
            do {
                let migrated = try await MarketCommand.run(
                    ["migrate"], environment: ["DATABASE_URL": postgres.url])
                try #require(migrated.status == 0, "\(migrated.complaints)")
                let store = Store(url: postgres.url) { try await postgres.sql($0) }
                result = .success(try await with(store, servers: 1) { try await body($0, postgres) })
            } catch {
                result = .failure(error)
            }
            await postgres.stop()
            try result.get()
        }
    }

    private static func with(
        _ store: Store, servers: Int, _ body: @Sendable (CrashShop) async throws -> Void
    ) async throws {
        _ = try await store.sql(Goods.catalogue)
        let redis = try await EmbeddedRedis.makeOwn()
        let ports = try (0..<servers).map { _ in try PortReservation() }
        let sandbox = try await LocalSandbox.start(
            webhookURL: "http://127.0.0.1:\(ports[0].port)/api/payments/webhook/")
        let shop = try CrashShop(store: store, redis: redis, sandbox: sandbox, ports: ports)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(shop))
        } catch {
            result = .failure(error)
        }
        for (_, server) in shop.servers.withLock({ $0 }) { await server.kill() }
        await shop.provider.close()
        await sandbox.stop()
        await redis.stop()
        try result.get()
    }

    /// Has everybody shop, and an office work beside them, while `body` lets things happen; afterwards each finishes his round.
    ///
    /// - Throws: what went wrong first, on any side.
    func open(
        to shoppers: [Shopper], _ office: Office? = nil, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.orGiveUp { try await Shopper.shop(shoppers) } }
            if let office { group.addTask { try await self.orGiveUp { try await office.work() } } }
            group.addTask {
                try await self.orGiveUp(body)
                await self.progress.end()
            }
            try await group.waitForAll()
        }
    }

    /// Lets everybody go where one of them finds something wrong.
    private func orGiveUp(_ body: @Sendable () async throws -> Void) async throws {
        do {
            try await body()
        } catch is Doors.Shut {
            // The other side says what went wrong.
        } catch {
            await giveUp()
            throw error
        }
    }

    /// Nobody waits any more for what will not come.
    private func giveUp() async {
        await doors.shut()
        await progress.end()
        let running = servers.withLock { servers in
            defer { servers = [:] }
            return servers.values.map { $0 }
        }
        for server in running { await server.kill() }
    }

    // MARK: Servers

    /// What a command finds everything with.
    var commandSettings: [String: String] {
        providerSettings.merging(["DATABASE_URL": store.url, "REDIS_URL": redis.socketPath]) { $1 }
    }

    /// Where a server, or a command, finds the provider.
    private var providerSettings: [String: String] {
        [
            "RAZORPAY_BASE_URL": sandbox.url, "RAZORPAY_KEY_ID": sandbox.credentials.keyID,
            "RAZORPAY_KEY_SECRET": sandbox.credentials.keySecret,
            "RAZORPAY_WEBHOOK_SECRETS": sandbox.credentials.webhookSecret,
        ]
    }

    /// Starts a server and opens its door.
    @discardableResult
    func start(_ number: Int = 0, crashAt plan: String? = nil) async throws -> ServerProcess {
        var environment = providerSettings
        environment["HTTP_PORT"] = "\(ports[number].port)"
        if let plan { environment["MVE_CRASH_AT"] = plan }
        let server = try await ServerProcess.start(
            .init(databaseURL: store.url, redisURL: redis.socketPath, environment: environment))
        servers.withLock { $0[number] = server }
        // Nobody would come, and nothing would end it.
        guard await !doors.isShut else {
            servers.withLock { $0[number] = nil }
            await server.kill()
            throw Doors.Shut()
        }
        await doors.add(server.client, of: number)
        return server
    }

    /// Kills a server as a power cut would; who was being served is on his own.
    func kill(_ number: Int = 0) async throws {
        await doors.remove(number)
        let server = servers.withLock { $0.removeValue(forKey: number) }
        await server?.kill()
        try await runLeasesOut()
    }

    /// Puts new servers in the place of those that run.
    func restart() async throws {
        for number in servers.withLock({ $0.keys.sorted() }) {
            try await kill(number)
            try await start(number)
        }
    }

    /// Waits until a server has killed itself.
    func killedItself(_ number: Int = 0, at point: CrashPoint) async throws {
        let server = try #require(servers.withLock { $0[number] })
        let how = await server.ended()
        await doors.remove(number)
        servers.withLock { $0[number] = nil }
        let log = server.log
        #expect(
            log.contains { $0.contains("killing itself at \(point.rawValue)") },
            "the server \(how):\n\(log.joined(separator: "\n"))")
        try await runLeasesOut()
    }

    /// The claims of calls that died with their process stand for a minute (contract C11). The test makes it pass.
    private func runLeasesOut() async throws {
        _ = try await store.sql(
            """
            update platform.idempotency_keys set lease_until = now() - interval '1 second'
             where state = 0 and lease_until is not null;
            """)
    }

    // MARK: Others

    /// Redis forgets everything.
    func flushRedis() async throws {
        let program = try #require(ServiceCommand.find("redis-cli"), "redis-tools is not installed")
        let command = ServiceCommand(
            name: "redis-cli", executable: program, arguments: ["-s", redis.socketPath, "flushall"], user: .current(),
            workingDirectory: "/")
        try #require(try await command.run().hasPrefix("OK"))
    }

    /// Calls the sandbox's controls.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> TestClient.Answer {
        let answer = try await provider.send(method, path, body)
        try #require(answer.status == 200, "\(method) \(path): \(answer.text)")
        return answer
    }
}

/// A PostgreSQL of a test's own that may be killed and started again on the same files.
actor OwnPostgres {
    private let directory: ServiceDirectory
    private var server: LocalPostgres
    nonisolated let url: String

    private init(_ directory: ServiceDirectory, _ server: LocalPostgres) {
        self.directory = directory
        self.server = server
        url = server.url
    }

    static func start() async throws -> OwnPostgres {
        let directory = try EmbeddedPostgres.scratch()
        return OwnPostgres(directory, try await EmbeddedPostgres.makeOwn(in: directory))
    }

    func sql(_ text: String) async throws -> String {
        try await server.psql(text, database: LocalPostgres.name)
    }

    func kill() async {
        await server.kill()
    }

    func startAgain() async throws {
        server = try await EmbeddedPostgres.makeOwn(in: directory)
    }

    func stop() async {
        await server.stop()
    }
}
