// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

@testable import bench

/// A run of the built program.
enum BenchProcess {
    /// - Parameters:
    ///   - scenario: the file's text.
    ///   - arguments: beside the scenario, the server, its database and its buyers.
    static func run(
        _ scenario: String, _ shop: BenchShop, _ arguments: [String]
    ) async throws -> MarketCommand {
        try await run(scenario, shop.database, shop.buyers, ["--url", shop.server.url] + arguments)
    }

    /// - Parameter arguments: beside the scenario, the database and its buyers.
    static func run(
        _ scenario: String, _ database: TestDatabase, _ buyers: [Buyer], _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> MarketCommand {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("mve-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (file, tokens) = (directory.appendingPathComponent("test.json"), directory.appendingPathComponent("tokens"))
        try Data(scenario.utf8).write(to: file)
        let lines = buyers.map { "\($0.user)\t\($0.token)\t\($0.cart)\n" }
        try Data(lines.joined().utf8).write(to: tokens)
        return try await MarketCommand.run(
            program: "bench",
            [file.path, "--database", database.url, "--tokens", tokens.path] + arguments, environment: environment)
    }
}
