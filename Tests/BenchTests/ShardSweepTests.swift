// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import HTTP
import LocalServices
import TestSupport
import Testing

@testable import bench

/// `bench --shards`: servers of its own, one after the other.
struct ShardSweepTests {
    private static let orders = #"{"name": "test", "description": "test", "kind": "order", "lines": 3}"#

    /// What its servers need beside a database.
    private static func environment(_ more: [String: String] = [:]) async throws -> [String: String] {
        [
            "REDIS_URL": try await EmbeddedRedis.shared().socketPath, "SECRET_KEY": ServerProcess.secretHex,
            "RAZORPAY_KEY_ID": "rzp_test_Harness0000001", "RAZORPAY_KEY_SECRET": "harnessharnessharness001",
            "RAZORPAY_WEBHOOK_SECRETS": "harnessharnessharness002",
        ].merging(more) { $1 }
    }

    /// The servers that a run says it has started.
    private static func servers(of run: MarketCommand) -> [Int32] {
        run.output.matches(of: /server: process (\d+) at/).compactMap { Int32($0.output.1) }
    }

    private static func isGone(_ pid: Int32) -> Bool { ProcessUsage.processorSeconds(pid) == nil }

    @Test func readsPowersOfTwo() throws {
        let command = try BenchCommand.parse(["order", "--shards", "1,2,1024"])
        #expect(command.shards?.values == [1, 2, 1024])
    }

    @Test(arguments: [
        ("3", "\"3\" is none"), ("1,0", "\"0\" is none"), ("1,,2", "\"\" is none"),
        ("1,2048", "\"2048\" is none"), ("-1", "\"-1\" is none"), ("two", "\"two\" is none"),
        ("2,1,2", "names 2 twice"),
    ])
    func refusesOtherCounts(list: String, reason: String) async throws {
        let run = try await MarketCommand.run(program: "bench", ["hello", "--shards=\(list)"])
        #expect(run.status == 2 && run.complaints.contains(reason), "\(run)")
    }

    @Test(arguments: [
        ["--url", "http://127.0.0.1:1"], ["--prepare-url", "http://127.0.0.1:1"], ["--server-pid", "1"],
        ["--svg", "x"], ["--compare", "x"],
    ])
    func refusesWhatBelongsToAnotherServer(_ arguments: [String]) async throws {
        let run = try await MarketCommand.run(program: "bench", ["hello", "--shards", "1,2"] + arguments)
        #expect(run.status == 2 && run.complaints.contains("\(arguments[0]) has no place beside it"), "\(run)")
    }

    @Test func variesEverySettingThatTheServerHas() throws {
        let example = try String(contentsOf: Repository.root.appendingPathComponent(".env.example"), encoding: .utf8)
        let known = example.matches(of: /ACTORS_[A-Z]+_SHARDS/).map { String($0.output) }
        #expect(known == ShardCounts.settings)
    }

    @Test func measuresAServerForEachCountAndLeavesNone() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(BenchFixture.catalogue)
            let buyers = try await BenchFixture.buyers(8, in: database)
            let json = FileManager.default.temporaryDirectory.appendingPathComponent("mve-\(UUID().uuidString).json")
            defer { try? FileManager.default.removeItem(at: json) }
            // No server would start with these; each of the sweep's has others.
            let wrong = Dictionary(uniqueKeysWithValues: ShardCounts.settings.map { ($0, "3") })
            let run = try await BenchProcess.run(
                Self.orders, database, buyers,
                [
                    "--shards", "1,4", "--connections", "4", "--requests", "12", "--duration", "120", "--json",
                    json.path,
                ],
                environment: try await Self.environment(wrong))
            #expect(run.status == 0, "\(run)")
            let reports = try JSONDocument(parsing: Array(try Data(contentsOf: json))).root.elements ?? []
            #expect(reports.map { $0["settings"]?["shards"]?.string } == ["1", "4"])
            #expect(reports.map { $0["ok"]?.int } == [12, 12])
            #expect(reports.map { $0["reconciled"]?.bool } == [true, true])
            #expect(reports.allSatisfy { $0["cpu"]?["server_us_per_request"]?.isNull == false })
            let orders = try await database.sql("select count(*) from orders.orders")
            #expect(orders == "24\n")
            let rows = run.output.split(separator: "\n").suffix(3).map { $0.split(separator: " ") }
            #expect(rows.map { $0[0] } == ["shards", "1", "4"] && rows[1].last == "yes", "\(run.output)")
            let servers = Self.servers(of: run)
            #expect(servers.count == 2 && Set(servers).count == 2)
            #expect(servers.allSatisfy(Self.isGone))
        }
    }

    @Test func cartsFilledBeforehandAreSharedByTheRuns() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(BenchFixture.catalogue)
            let buyers = try await BenchFixture.buyers(9, in: database)
            _ = try await database.sql("delete from carts.cart_lines;" + BenchFixture.fillEmptyCarts)
            let run = try await BenchProcess.run(
                Self.orders, database, buyers,
                ["--shards", "2,1", "--prefilled", "--connections", "2", "--duration", "120"],
                environment: try await Self.environment())
            #expect(run.status == 0, "\(run)")
            let counts = run.output.matches(of: /\nok +(\d+),/).map { String($0.output.1) }
            #expect(counts == ["5", "4"], "\(run.output)")
        }
    }

    @Test func aServerThatDiesEndsTheSweep() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(BenchFixture.catalogue)
            let buyers = try await BenchFixture.buyers(8, in: database)
            let run = try await BenchProcess.run(
                Self.orders, database, buyers, ["--shards", "1,2", "--connections", "4", "--duration", "120"],
                environment: try await Self.environment(["MVE_CRASH_AT": "order.sent-to-database:3"]))
            #expect(run.status == 3, "\(run)")
            #expect(run.complaints.contains("shards: 1: the server "), "\(run)")
            #expect(run.complaints.contains("killing itself at order.sent-to-database"), "\(run)")
            let servers = Self.servers(of: run)
            #expect(servers.count == 1 && servers.allSatisfy(Self.isGone))
        }
    }

    @Test func aServerThatDoesNotStartIsSaidWithItsOwnWords() async throws {
        try await TestDatabase.with { database in
            let run = try await BenchProcess.run(
                Self.orders, database, try await BenchFixture.buyers(1, in: database), ["--shards", "8"],
                environment: try await Self.environment(["ACTORS_BATCH_MAX": "0"]))
            #expect(run.status == 3, "\(run)")
            #expect(run.complaints.contains("the server did not start"), "\(run)")
            #expect(run.complaints.contains("ACTORS_BATCH_MAX"), "\(run)")
        }
    }
}
