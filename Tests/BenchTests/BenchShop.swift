// SPDX-License-Identifier: Apache-2.0
import TestSupport

@testable import bench

/// A real server over a fresh database with a few SKUs and buyers, and runs against it. They end after a number of requests,
/// not after a time.
struct BenchShop: Sendable {
    let server: ServerProcess
    let database: TestDatabase
    let buyers: [Buyer]
    /// nil: the one that tests share.
    var redisURL: String?
    /// Where the lines of a run go.
    var say: Say = { _ in }

    private static let turns = Turns(1)

    /// - Parameter sql: run before the server starts.
    static func with(
        buyers count: Int, redis: String? = nil, sql: String = "", _ body: @Sendable (BenchShop) async throws -> Void
    ) async throws {
        try await turns.with {
            try await TestDatabase.with { database in
                // Before the server starts: into a database without products it would load its demo catalogue.
                _ = try await database.sql(BenchFixture.catalogue + sql)
                let buyers = try await BenchFixture.buyers(count, in: database)
                try await ServerProcess.with(.init(databaseURL: database.url, redisURL: redis)) { server in
                    try await body(BenchShop(server: server, database: database, buyers: buyers, redisURL: redis))
                }
            }
        }
    }

    /// - Parameters:
    ///   - scenario: members of the file beside name, description and bars.
    ///   - configure: more settings.
    func measure(
        _ scenario: String, requests: Int, url: String? = nil,
        _ configure: (inout LoadSettings) throws -> Void = { _ in }
    ) async throws -> Measurement.Result {
        try await measure(
            Scenario(parsing: Array(#"{"name": "test", "description": "test", \#(scenario)}"#.utf8)),
            requests: requests,
            url: url, configure)
    }

    func measure(
        _ scenario: Scenario, requests: Int, url: String? = nil,
        _ configure: (inout LoadSettings) throws -> Void = { _ in }
    ) async throws -> Measurement.Result {
        var settings = LoadSettings(target: try LoadTarget(url ?? server.url))
        settings.connections = 4
        // Only a bound: the number of requests ends the run.
        settings.duration = .seconds(120)
        settings.requestsMax = requests
        try configure(&settings)
        var measurement = Measurement(scenario: scenario, settings: settings, say: say)
        measurement.databaseURL = database.url
        measurement.redisURL = redisURL
        // As the server's harness sets it.
        measurement.webhookSecret = "harnessharnessharness002"
        measurement.buyers = buyers
        return try await measurement.run()
    }

    /// One number.
    func count(_ sql: String) async throws -> Int? {
        Int(try await database.sql(sql).split(separator: "\n").first ?? "")
    }
}
