// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A private Redis: a cache and nothing else, so it keeps nothing on disk and forgets the least used when it is full.
public struct LocalRedis: Sendable {
    /// Path of the unix socket.
    public let socketPath: String
    let process: ServiceProcess

    /// Starts the server.
    ///
    /// - Parameters:
    ///   - memoryMax: bytes it may use for data, at least 16 MiB.
    ///   - removeAtExit: a directory to remove after the end, for tests.
    /// - Throws: `.programMissing`, `.directoryUnusable`, `.startFailed`.
    @concurrent
    public static func start(
        in directory: ServiceDirectory, memoryMax: Int, removeAtExit: String? = nil
    ) async throws(LocalServiceError) -> LocalRedis {
        let service = "redis"
        guard let program = ServiceCommand.find("redis-server") else {
            throw LocalServiceError(
                .programMissing, service: service,
                message: "redis-server is not installed; run scripts/setup, or set REDIS_URL")
        }
        let user = try ServiceUser.forService(["redis"], service: service)
        let home = try directory.prepareService(service, user: user)
        _ = try directory.prepareSockets(service, user: user)
        // It holds nothing worth a polite end.
        guard await Leftovers.end(in: home, main: nil, signals: [(SIGTERM, .seconds(5)), (SIGKILL, .seconds(5))]) else {
            throw LocalServiceError(.inUse, service: service, message: "an earlier server in \(home) does not end")
        }
        let socket = socketPath(in: directory)
        let command = ServiceCommand(
            name: service, executable: program, arguments: arguments(socket: socket, home: home, memoryMax: memoryMax),
            user: user, workingDirectory: home)
        let process = try await ServiceProcess.start(
            command,
            .init(
                stopSignal: "TERM", readyWithin: .seconds(30), logFile: directory.root + "/redis.log",
                removeAtExit: removeAtExit
            ) { $0.contains("ready to accept connections") })
        return LocalRedis(socketPath: socket, process: process)
    }

    /// The socket of the server that runs, or would run, in the directory.
    public static func socketPath(in directory: ServiceDirectory) -> String {
        directory.socketDirectory("redis") + "/redis.sock"
    }

    /// Stops the server.
    public func stop() async {
        await process.stop(within: .seconds(10))
    }

    /// Waits for the server's end and says how it came about, with its last lines.
    public func ended() async -> LocalServiceError {
        let how = await process.ended()
        return LocalServiceError(.endedUnexpectedly, service: process.name, message: how, log: process.recentLog)
    }

    private static func arguments(socket: String, home: String, memoryMax: Int) -> [String] {
        [
            "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", home, "--daemonize", "no",
            "--appendonly", "no", "--save", "", "--maxmemory", "\(max(memoryMax, 16 << 20))",
            "--maxmemory-policy", "allkeys-lru", "--databases", "16", "--loglevel", "notice", "--logfile", "",
        ]
    }
}
