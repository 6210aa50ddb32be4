// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import TestSupport
import Testing
import UVRuntime

@testable import bench

struct ScenarioTests {
    private static func scenario(_ text: String) throws -> Scenario { try Scenario(parsing: Array(text.utf8)) }

    @Test(arguments: [
        "hello", "browse", "cart", "order", "cart-order", "flash-sale", "flash-sale-ample", "sold-out", "replay-memory",
        "replay-redis", "replay-postgres", "webhook", "mixed-day",
    ])
    func theFilesOfTheRepositoryAreValid(_ name: String) throws {
        let scenario = try Scenario.load(Repository.root.appendingPathComponent("loadtest/\(name).json").path)
        #expect(scenario.name == name)
        #expect(!scenario.bars.isEmpty)
        for part in try scenario.parts() { #expect(!part.scenario.bars.isEmpty) }
    }

    @Test func readsAllThatAFileCanSay() throws {
        let scenario = try Self.scenario(
            """
            {"name": "hot", "kind": "order", "description": "one SKU", "lines": 1, "mixed": true, "skus_max": 1,
             "bars": [{"metric": "per_second", "at_least": 1000.5}, {"metric": "latency_us.p99", "at_most": 20000}]}
            """)
        #expect(scenario.kind == .order(OrderMix(lines: 1, isMixed: true, skusMax: 1)))
        #expect(
            scenario.bars == [
                Bar(metric: "per_second", bound: .atLeast(1000.5)),
                Bar(metric: "latency_us.p99", bound: .atMost(20_000)),
            ])
    }

    @Test(arguments: [
        #"{"name": "x", "kind": "other", "description": "d"}"#,
        #"{"name": "x", "kind": "hello", "description": "d"}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "no slash"}"#,
        #"{"name": "x", "kind": "order", "description": "d", "lines": 0}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "/", "unknown": 1}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "/", "bars": [{"metric": "p99", "at_most": 1}]}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "/", "bars": [{"metric": "ok"}]}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "/", "bars": [{"metric": "ok", "at_most": "1"}]}"#,
        #"{"name": "x", "kind": "hello", "description": "d", "path": "/", "bars": [{"metric": "ok", "at_most": 1, "at_least": 1}]}"#,
    ])
    func refusesAFileThatMeansNothing(_ text: String) {
        #expect(throws: Problem.self) { try Self.scenario(text) }
    }

    @Test func aFileThatIsNotThereIsAUsageError() {
        #expect(throws: BenchError.self) { try Scenario.load("nowhere") }
    }

    @Test func barsAreMissedOnTheWrongSideAndByWhatIsUnknown() {
        let least = Bar(metric: "per_second", bound: .atLeast(100))
        #expect(least.missed(by: 100) == nil)
        #expect(least.missed(by: 99.5) == "per_second is 99.5, wanted: at least 100")
        let most = Bar(metric: "errors", bound: .atMost(0))
        #expect(most.missed(by: 0) == nil)
        #expect(most.missed(by: 1) == "errors is 1, wanted: at most 0")
        #expect(most.missed(by: nil) == "errors is unknown, wanted: at most 0")
    }

    @Test func targetsAreNumericAddresses() throws {
        #expect(try LoadTarget("http://127.0.0.1:8000").authority == "127.0.0.1:8000")
        #expect(try LoadTarget("http://localhost:81/").address.description == "127.0.0.1:81")
        #expect(try LoadTarget("http://[::1]:82").address.description == "[::1]:82")
        #expect(try LoadTarget("http://[::1]").address.port == 80)
        for wrong in [
            "https://127.0.0.1", "127.0.0.1:80", "http://example.org", "http://127.0.0.1:0", "http://1.2.3.4/x",
        ] {
            #expect(throws: BenchError.self) { try LoadTarget(wrong) }
        }
    }

    @Test func decimalsAreWrittenAsTheyAreRead() {
        #expect(Decimals.text(0.25) == "0.25")
        #expect(Decimals.text(1000) == "1000")
        #expect(Decimals.text(-1.0056) == "-1.006")
        #expect(Decimals.fixed(2.5, digits: 3) == "2.500")
        #expect(Decimals.fixed(0.004, digits: 2) == "0.00")
        #expect(Decimals.fixed(1999.5, digits: 0) == "2000")
    }
}
