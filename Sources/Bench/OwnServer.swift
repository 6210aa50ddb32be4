// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// A server of our own build, `mve serve` beside this program, for one measurement.
///
/// It has our environment and working directory, so that it finds the same configuration, and ends with us however we end.
struct OwnServer: Sendable {
    /// As `http://127.0.0.1:PORT`.
    let url: String
    /// Of the server itself, not of what supervises it; nil when it could not be found by its port.
    let pid: Int32?
    private let process: ServiceProcess

    /// Applying migrations and recovering a private PostgreSQL included.
    private static let readyWithin = Duration.seconds(120)
    /// More than the server allows itself for answering what it has accepted.
    private static let stopWithin = Duration.seconds(60)

    /// Starts one and returns when it listens.
    ///
    /// - Parameter settings: put in place of what our environment says.
    /// - Throws: `BenchError` with its last lines when it does not get that far.
    static func start(_ settings: [String: String]) async throws -> OwnServer {
        let ownSettings = [
            "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "METRICS_PORT": "0", "RATE_LIMITS": "off",
            // All connections are ours.
            "HTTP_CONNECTIONS_PER_SOURCE_MAX": "0",
        ]
        let environment = ProcessInfo.processInfo.environment.merging(ownSettings) { $1 }.merging(settings) { $1 }
        let command = ServiceCommand(
            name: "mve", executable: try executable(), arguments: ["serve"], user: .current(),
            workingDirectory: FileManager.default.currentDirectoryPath, environment: environment)
        let process: ServiceProcess
        do {
            process = try await ServiceProcess.start(
                command, .init(stopSignal: "TERM", readyWithin: readyWithin) { address(in: $0) != nil })
        } catch {
            throw BenchError.unreachable("the server did not start: \(error)")
        }
        guard let url = process.recentLog.lazy.compactMap(address(in:)).first else {
            await process.stop(within: stopWithin)
            throw BenchError.unreachable("the server did not say where it listens")
        }
        return OwnServer(
            url: url, pid: ListeningProcess.find(at: try LoadTarget(url).address), process: process)
    }

    /// Runs a body while the server lives.
    ///
    /// - Throws: `BenchError.unreachable` with its last lines as soon as it ends meanwhile. The body is then left alone: what
    ///   it waits for will not come, and the program ends.
    func during<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let (events, report) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
        let process = process
        let work = Task { @concurrent in
            do {
                report.yield(.success(try await body()))
            } catch {
                report.yield(.failure(error))
            }
        }
        let watch = Task { @concurrent in
            let how = await process.ended()
            report.yield(.failure(Self.death(how, process.recentLog)))
        }
        defer {
            work.cancel()
            watch.cancel()
        }
        for await event in events { return try event.get() }
        throw CancellationError()
    }

    /// Asks it to end and returns once it has.
    ///
    /// - Throws: `BenchError.unreachable` when it had ended before, or did not end in order.
    func stop() async throws {
        await process.stop(within: Self.stopWithin)
        let how = await process.ended()
        guard how.contains("exited(0)") else { throw Self.death(how, process.recentLog) }
    }

    private static func death(_ how: String, _ log: [String]) -> BenchError {
        .unreachable((["the server \(how)"] + log.map { "  | \($0)" }).joined(separator: "\n"))
    }

    /// The address in the line `listening on http://127.0.0.1:PORT`.
    private static func address(in line: String) -> String? {
        line.firstMatch(of: /listening on (http:\/\/127\.0\.0\.1:[0-9]+)/).map { String($0.output.1) }
    }

    /// `mve` in the directory of this program, where the build puts both.
    private static func executable() throws -> String {
        let ourselves = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = ourselves.deletingLastPathComponent().appendingPathComponent("mve").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError.usage("--shards starts servers of this build, and \(path) is not built")
        }
        return path
    }
}
