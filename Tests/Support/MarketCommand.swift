// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// One run of `mve`, or another program, to its end.
public struct MarketCommand: Sendable {
    /// The exit code.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let complaints: String

    /// Runs a built program, or one of the system by its absolute path, with nothing but the environment given.
    ///
    /// - Isolation: call it off the loops.
    public static func run(
        program: String = "mve", _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> MarketCommand {
        let directory = try SharedService<Never>.scratch().root
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = Process()
        process.executableURL =
            program.hasPrefix("/")
            ? URL(fileURLWithPath: program)
            : URL(fileURLWithPath: try ServerProcess.executable())
                .deletingLastPathComponent().appendingPathComponent(program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ["MVE_DATA_DIR": directory, "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files and not pipes: nothing has to be read while it runs.
        let (output, complaints) = (directory + "/out", directory + "/err")
        for path in [output, complaints] { try Data().write(to: URL(fileURLWithPath: path)) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: complaints)
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return MarketCommand(
            status: status, output: try String(contentsOfFile: output, encoding: .utf8),
            complaints: try String(contentsOfFile: complaints, encoding: .utf8))
    }
}
