// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Redis
import Testing
import UVRuntime

/// A redis-server of its own on a unix socket, for tests that stop and kill it.
final class RedisServer: @unchecked Sendable {  // `process` is replaced by the one task of its test only
    let directory: String
    var socket: String { directory + "/redis.sock" }
    private let arguments: [String]
    private var process: Process

    init(arguments: [String] = []) throws {
        var template = Array("/tmp/redis-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.arguments = arguments
        process = try Self.launch(directory, arguments)
    }

    private static func launch(_ directory: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
        process.arguments =
            ["--port", "0", "--unixsocket", directory + "/redis.sock", "--save", "", "--dir", directory] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    func killAndWait() {
        process.terminate()
        signal(SIGKILL)
        process.waitUntilExit()
    }

    func restart() throws {
        process = try Self.launch(directory, arguments)
    }

    func end() {
        killAndWait()
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            Issue.record(error)
        }
    }
}

/// Runs `body` on a loop with a server of its own and a connected client.
func withRedis(
    arguments: [String] = [], configure: @escaping @Sendable (inout RedisConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (RedisClient, RedisServer) async throws -> Void
) async throws {
    let server = try RedisServer(arguments: arguments)
    defer { server.end() }
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    var configuration = RedisConfiguration(address: .unix(path: server.socket))
    // Generous for replies that are expected: a busy machine must not turn a passing test into a failing one.
    configuration.commandTimeout = .seconds(5)
    configuration.retryDelayMin = .milliseconds(5)
    configuration.retryDelayMax = .milliseconds(50)
    configure(&configuration)
    let settings = configuration
    let client = RedisClient(loop: loop, configuration: settings, logger: .silent)
    let result: Result<Void, any Error>
    do {
        try await loop.run {
            await client.start()
            try #require(await client.ready(within: .seconds(20)))
            try await body(client, server)
        }
        result = .success(())
    } catch {
        result = .failure(error)
    }
    try await loop.run { await client.close() }
    await group.shutdown()
    try result.get()
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension Logger {
    /// Outages are what these tests make; their log lines would only hide what fails.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
