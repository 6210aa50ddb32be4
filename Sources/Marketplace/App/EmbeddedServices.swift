// SPDX-License-Identifier: Apache-2.0
import Foundation
public import LocalServices
public import Logging
import Synchronization

/// The private PostgreSQL, Redis and provider's sandbox of this installation, as far as the configuration asks for them.
///
/// They run as child processes below `MVE_DATA_DIR`, end with us, and are recovered after a crash of ours.
///
/// - Isolation: callable from anywhere; nothing here runs on an event loop.
public final class EmbeddedServices: Sendable {
    /// What to do with services that another process of ours runs already.
    public enum Ownership: Sendable {
        /// Refuse to start (`mve serve`).
        case exclusive
        /// Use them; otherwise run them for as long as we need them (`mve seed`, `mve check` …).
        case shared
    }

    /// `DATABASE_URL`, or the private server's: a libpq URI.
    public let databaseURL: String
    /// `REDIS_URL`, or the path of the private server's socket.
    public let redisURL: String
    private let directory: ServiceDirectory?
    private let dataDirectory: String
    private let logger: Logger
    /// Held as long as the services run: one process owns them.
    private let lock: ServiceLock?
    private let postgres: LocalPostgres?
    private let redis: LocalRedis?
    private let sandbox = Mutex<LocalSandbox?>(nil)

    private init(
        _ configuration: AppConfiguration, directory: ServiceDirectory?, lock: ServiceLock?, postgres: LocalPostgres?,
        redis: LocalRedis?, logger: Logger
    ) {
        databaseURL =
            configuration.databaseURL ?? directory.map { LocalPostgres.url(database: LocalPostgres.name, in: $0) } ?? ""
        redisURL = configuration.redisURL ?? directory.map { LocalRedis.socketPath(in: $0) } ?? ""
        dataDirectory = configuration.dataDirectory
        self.directory = directory
        self.lock = lock
        self.postgres = postgres
        self.redis = redis
        self.logger = logger
    }

    /// Starts what the configuration leaves to us; with both URLs set, nothing.
    ///
    /// - Throws: `LocalServiceError`, with the last lines of the child's log; what had been started is stopped.
    /// - Cost: a second or two on the first start, a few tenths later; longer after a crash, while PostgreSQL recovers.
    @concurrent
    public static func start(
        _ configuration: AppConfiguration, ownership: Ownership = .exclusive, logger: Logger
    ) async throws(LocalServiceError) -> EmbeddedServices {
        guard configuration.databaseURL == nil || configuration.redisURL == nil else {
            return EmbeddedServices(
                configuration, directory: nil, lock: nil, postgres: nil, redis: nil, logger: logger)
        }
        let directory = try ServiceDirectory.prepare(below: configuration.dataDirectory)
        guard let lock = try ServiceLock.take(in: directory) else {
            if ownership == .shared {
                logger.debug("using the running services", metadata: ["directory": "\(directory.root)"])
                return EmbeddedServices(
                    configuration, directory: directory, lock: nil, postgres: nil, redis: nil, logger: logger)
            }
            let owner = ServiceLock.owner(in: directory).map { " (process \($0))" } ?? ""
            throw LocalServiceError(
                .inUse, service: "data directory",
                message: "\(directory.root) is in use by another mve\(owner); stop it, or set MVE_DATA_DIR")
        }
        if let reason = directory.relocation {
            logger.notice(
                "services keep their data elsewhere",
                metadata: ["directory": "\(directory.root)", "reason": "\(reason)"])
        }
        let machine = MachineResources.current(dataDirectory: directory.root)
        var postgres: LocalPostgres?
        if configuration.databaseURL == nil {
            let settings = PostgresSettings.scaled(to: machine)
            let server = try await LocalPostgres.start(in: directory, settings: settings)
            logger.notice(
                "embedded PostgreSQL is ready",
                metadata: ["data": "\(server.dataDirectory)", "shared_buffers_mb": "\(settings.sharedBuffers)"])
            postgres = server
        }
        do {
            let redis = try await startRedis(configuration, in: directory, machine: machine, logger: logger)
            return EmbeddedServices(
                configuration, directory: directory, lock: lock, postgres: postgres, redis: redis, logger: logger)
        } catch {
            await postgres?.stop()
            throw error
        }
    }

    private static func startRedis(
        _ configuration: AppConfiguration, in directory: ServiceDirectory, machine: MachineResources, logger: Logger
    ) async throws(LocalServiceError) -> LocalRedis? {
        guard configuration.redisURL == nil else { return nil }
        // It remembers answers and counters; half a gigabyte is a million of them.
        let memory = min(512 << 20, machine.memory / 16)
        let redis = try await LocalRedis.start(in: directory, memoryMax: memory)
        logger.notice("embedded Redis is ready", metadata: ["socket": "\(redis.socketPath)"])
        return redis
    }

    /// Starts the payment provider's sandbox, and says so.
    ///
    /// - Parameters:
    ///   - webhookURL: the address of our own webhook endpoint; known once we listen.
    ///   - credentials: what it accepts and signs with; made before, since the routes are there before we listen.
    /// - Returns: what the client of the provider is to use. It is also written to `MVE_DATA_DIR/sandbox.env`, and the address
    ///   alone to `sandbox.url`.
    /// - Throws: `LocalServiceError`.
    @concurrent
    public func startSandbox(
        webhookURL: String, credentials: LocalSandbox.Credentials = .random()
    ) async throws(LocalServiceError) -> AppConfiguration.Razorpay {
        let sandbox = try await LocalSandbox.start(
            webhookURL: webhookURL, credentials: credentials, logFile: dataDirectory + "/sandbox.log")
        do throws(LocalServiceError) {
            try Self.makeDirectory(dataDirectory)
            try files.publish(sandbox)
        } catch {
            files.remove()
            await sandbox.stop()
            throw error
        }
        self.sandbox.withLock { $0 = sandbox }
        logger.notice(
            "payments go to the provider's sandbox: no RAZORPAY credentials are configured",
            metadata: ["sandbox": "\(sandbox.url)"])
        return AppConfiguration.Razorpay(
            baseURL: sandbox.url, keyID: sandbox.credentials.keyID, keySecret: sandbox.credentials.keySecret,
            webhookSecrets: [sandbox.credentials.webhookSecret])
    }

    /// The sandbox's address, when it runs.
    public var sandboxURL: String? { sandbox.withLock { $0?.url } }

    /// Returns when one of the services has ended although nobody asked it to; never when we own none.
    ///
    /// - Cancellation: returns nil.
    public func firstFailure() async -> LocalServiceError? {
        let sandbox = self.sandbox.withLock { $0 }
        let (failures, report) = AsyncStream.makeStream(
            of: LocalServiceError.self, bufferingPolicy: .bufferingOldest(1))
        // Not children of this task: they end with the services and not with whoever asked.
        if let postgres { Task { @concurrent in report.yield(await postgres.ended()) } }
        if let redis { Task { @concurrent in report.yield(await redis.ended()) } }
        if let sandbox { Task { @concurrent in report.yield(await sandbox.ended()) } }
        return await failures.first { _ in true }
    }

    /// Stops them in order: first who calls us, then what forgets, last what must not lose anything.
    public func stop() async {
        if let sandbox = self.sandbox.withLock({ $0 }) {
            files.remove()
            await sandbox.stop()
        }
        await redis?.stop()
        await postgres?.stop()
        if postgres != nil { logger.notice("embedded services have stopped") }
    }

    private var files: SandboxFiles { SandboxFiles(below: dataDirectory) }

    private static func makeDirectory(_ path: String) throws(LocalServiceError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw LocalServiceError(
                .directoryUnusable, service: "razorpay-sandbox",
                message: "cannot make \(path): \(error.localizedDescription)")
        }
    }
}

/// What could not be run or reached, for the command line's exit code 3.
public typealias ServiceFailure = LocalServiceError
