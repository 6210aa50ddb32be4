// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
public import MarketCrypto

/// The built server, `mve serve`, as a supervised child on a port that the system chose.
///
/// It cannot outlive the test: it ends with the test process however that ends. Several may run on one database, and one
/// that was stopped or killed may be started again on it.
///
/// ```swift
/// try await ServerProcess.with(.init(databaseURL: database.url)) { server in
///     let answer = try await server.client.get("/api/health/ready/")
/// }
/// ```
public final class ServerProcess: Sendable {
    /// What it runs on.
    public struct Settings: Sendable {
        /// A libpq URI; a copy of the migrated template starts fastest.
        public var databaseURL: String
        /// A `redis://` address or a socket's path; nil takes the test process's shared one.
        public var redisURL: String?
        /// Added to, or put in place of, the keys that the harness sets; an empty one takes it away.
        public var environment: [String: String]
        /// Whether the server finds no provider's credentials and starts the sandbox, as it does for who tries it out.
        public var startsSandbox: Bool
        /// What stands in its `.env`; nil makes none.
        public var environmentFile: String?

        /// States them.
        public init(
            databaseURL: String, redisURL: String? = nil, environment: [String: String] = [:],
            startsSandbox: Bool = false, environmentFile: String? = nil
        ) {
            self.environmentFile = environmentFile
            self.databaseURL = databaseURL
            self.redisURL = redisURL
            self.environment = environment
            self.startsSandbox = startsSandbox
        }
    }

    /// `SECRET_KEY` of every server of the harness, so that tests can sign what servers accept.
    public static let secretHex = "6f1d2c8ab94e7053f2a1c4d6e8907b3516273849a0bbccddeeff011223344556"

    /// The same, as the code that signs wants it.
    public static func secret() throws -> SecretKey {
        guard let bytes = Hex.decode(secretHex), let key = SecretKey(bytes) else {
            throw Failure(description: "the harness's secret is no key")
        }
        return key
    }

    /// Why the harness cannot go on.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened, with the server's last lines where they help.
        public let description: String
    }

    /// As `http://127.0.0.1:PORT`, or with https.
    public let url: String
    /// Talks to it.
    public let client: TestClient
    private let process: ServiceProcess
    private let directory: String

    private init(url: String, client: TestClient, process: ServiceProcess, directory: String) {
        self.url = url
        self.client = client
        self.process = process
        self.directory = directory
    }

    /// Starts one and returns when it listens.
    ///
    /// - Throws: `LocalServiceError` with its last lines when it does not get that far.
    public static func start(_ settings: Settings) async throws -> ServerProcess {
        let redis: String
        if let given = settings.redisURL { redis = given } else { redis = try await EmbeddedRedis.shared().socketPath }
        let directory = try SharedService<Never>.scratch().root
        var environment = [
            "DATABASE_URL": settings.databaseURL, "REDIS_URL": redis, "MVE_DATA_DIR": directory, "HTTP_PORT": "0",
            "METRICS_PORT": "0", "SECRET_KEY": secretHex, "RATE_LIMITS": "off",
        ]
        if !settings.startsSandbox {
            environment["RAZORPAY_KEY_ID"] = "rzp_test_Harness0000001"
            environment["RAZORPAY_KEY_SECRET"] = "harnessharnessharness001"
            environment["RAZORPAY_WEBHOOK_SECRETS"] = "harnessharnessharness002"
        }
        environment.merge(settings.environment) { $1 }
        // An empty one takes the harness's away: left standing, it would hide that of `.env`.
        environment = environment.filter { !$0.value.isEmpty }
        if let text = settings.environmentFile {
            try text.write(toFile: directory + "/.env", atomically: true, encoding: .utf8)
        }
        let command = ServiceCommand(
            name: "mve", executable: try executable(), arguments: ["serve"], user: .current(),
            workingDirectory: directory, environment: environment)
        // Long enough for a machine that builds something else meanwhile.
        let process = try await ServiceProcess.start(
            command,
            .init(stopSignal: "TERM", readyWithin: .seconds(90), removeAtExit: directory) { address(in: $0) != nil })
        guard let url = process.recentLog.lazy.compactMap(address(in:)).first else {
            await process.stop(within: .seconds(5))
            throw Failure(description: "the server did not say where it listens")
        }
        return ServerProcess(
            url: url, client: try TestClient(url: url), process: process, directory: directory)
    }

    /// Gives the body a running server and stops it afterwards, whatever happened.
    public static func with<Result>(
        _ settings: Settings, _ body: (ServerProcess) async throws -> Result
    ) async throws -> Result {
        let server = try await start(settings)
        let result: Result
        do {
            result = try await body(server)
        } catch {
            await server.stop()
            throw Failure(description: "\(error)\nlast lines of the server:\n\(server.log.joined(separator: "\n"))")
        }
        let how = await server.stop()
        guard how.contains("exited(0)") else {
            throw Failure(description: "the server \(how):\n\(server.log.joined(separator: "\n"))")
        }
        return result
    }

    /// The sandbox that it started.
    public func sandboxURL() throws -> String {
        try String(contentsOfFile: directory + "/sandbox.url", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    /// The directory that it works in, where it finds its `.env`.
    public var workingDirectory: String { directory }

    /// Returns once a line of its log has `text` in it.
    public func untilLogged(_ text: String) async {
        while !log.contains(where: { $0.contains(text) }) { await Task.yield() }
    }

    /// Its last lines.
    public var log: [String] { process.recentLog }

    /// Asks it to end (SIGTERM) and returns at once; `stop` waits.
    ///
    /// - Returns: a task that ends with the server and says how it ended.
    public func beginStopping() -> Task<String, Never> {
        let process = process
        return Task { @concurrent in
            await process.stop(within: .seconds(30))
            return await process.ended()
        }
    }

    /// Asks it to end and returns how it did, once it has.
    @discardableResult
    public func stop() async -> String {
        // First our own connections, which the server would otherwise close and wait for.
        await client.close()
        return await beginStopping().value
    }

    /// Waits for its end, whoever caused it, and says how it came about.
    public func ended() async -> String {
        let how = await process.ended()
        await client.close()
        return how
    }

    /// Kills it as a crash would.
    public func kill() async {
        await process.kill()
        await client.close()
        // Its supervisor died too and could not do it. What is left of a directory in /tmp harms nobody.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The address in the line `listening on http://127.0.0.1:PORT`.
    private static func address(in line: String) -> String? {
        line.firstMatch(of: /listening on (https?:\/\/127\.0\.0\.1:[0-9]+)/).map { String($0.output.1) }
    }

    /// `mve` in the directory of the running tests, where the build puts both.
    static func executable() throws -> String {
        let ourselves = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = ourselves.deletingLastPathComponent().appendingPathComponent("mve").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "\(path) is not built; run swift build")
        }
        return path
    }
}
