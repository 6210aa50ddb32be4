// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing
import UVRuntime

@testable import bench

/// Runs of orders and of reads.
struct MeasurementTests {
    private static let orders = #""kind": "order", "lines": 3"#

    @Test func ordersInRoundsAddUp() async throws {
        try await BenchShop.with(buyers: 16) { shop in
            let report = try await shop.measure(Self.orders, requests: 40).report
            #expect(report.mismatches == [])
            #expect(report.reconciled == true)
            #expect((report.requests, report.ok, report.refused, report.errors) == (40, 40, 0, 0))
            let (orders, lines) = (
                try await shop.count("select count(*) from orders.orders"),
                try await shop.count("select count(*) from orders.order_lines")
            )
            #expect((orders, lines) == (40, 120))
            let json = try JSONDocument(parsing: report.jsonBytes()).root
            #expect(json["ok"]?.int == 40)
            #expect(json["reconciled"]?.bool == true)
            #expect(json["cpu"]?["server_us_per_request"]?.isNull == true)
            #expect((json["latency_us"]?["p50"]?.int ?? 0) > 0)
        }
    }

    @Test func mixedIterationsMeasureCartsToo() async throws {
        try await BenchShop.with(buyers: 8) { shop in
            let report = try await shop.measure(Self.orders + #", "mixed": true"#, requests: 20) { $0.rate = 2000 }
                .report
            #expect(report.mismatches == [])
            #expect(report.ok == 20)
            let carts = try #require(report.parts.first)
            #expect((carts.name, carts.tally.ok) == ("cart", 20))
            #expect(carts.tally.latencies.count == 20)
        }
    }

    @Test func prefilledCartsAreOrderedAsTheyAreAndOnce() async throws {
        try await BenchShop.with(buyers: 9) { shop in
            _ = try await shop.database.sql(BenchFixture.fillEmptyCarts)
            let report = try await shop.measure(Self.orders, requests: 1000) { $0.isPrefilled = true }.report
            #expect(report.mismatches == [])
            // The first buyer's cart holds something else.
            #expect((report.requests, report.ok) == (8, 8))
            let sum = try await shop.count("select sum(total_minor) from orders.orders")
            #expect(sum == 8 * 9000)
            await #expect {
                _ = try await shop.measure(Self.orders, requests: 1000) { $0.isPrefilled = true }
            } throws: { error in
                guard case .usage(let text)? = error as? BenchError else { return false }
                return text.contains("cart-empty") && text.contains("cart-of-other-lines")
            }
            // Filled behind the server's back, one version higher, as the seed does.
            _ = try await shop.database.sql(
                "update carts.carts set version = version + 1;" + BenchFixture.fillEmptyCarts)
            let again = try await shop.measure(Self.orders, requests: 1000) { $0.isPrefilled = true }.report
            #expect(again.mismatches == [])
            #expect(again.ok == 8)
        }
    }

    @Test func prefilledCartsAreNotForTheMixedModeAndOrdersAreNotWithoutBuyers() async throws {
        try await BenchShop.with(buyers: 1) { shop in
            await #expect(throws: BenchError.self) {
                _ = try await shop.measure(Self.orders + #", "mixed": true"#, requests: 1) { $0.isPrefilled = true }
            }
            let nobody = BenchShop(server: shop.server, database: shop.database, buyers: [])
            await #expect(throws: BenchError.self) { _ = try await nobody.measure(Self.orders, requests: 1) }
        }
    }

    @Test func anOrderWhoseAnswerWasLostIsSentAgainAndIsOneOrder() async throws {
        try await BenchShop.with(buyers: 12) { shop in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let address = try LoadTarget(shop.server.url).address
            let relay = try await loop.run { try LossyRelay(to: address, loses: 5, on: loop) }
            let port = try await loop.run { relay.port }
            let result = try await shop.measure(Self.orders, requests: 12, url: "http://127.0.0.1:\(port)")
            let swallowed = try await loop.run { relay.swallowed }
            #expect(swallowed == 1)
            try await loop.run { relay.close() }
            await group.shutdown()
            #expect(result.tally.errors == ["connection-lost": 1])
            #expect(result.report.mismatches == [])
            #expect(result.report.ok == 11)
            let orders = try await shop.count("select count(*) from orders.orders")
            #expect(orders == 12)
        }
    }

    @Test func readsAreAnsweredAndNothingIsReconciled() async throws {
        try await BenchShop.with(buyers: 1) { shop in
            let hello = try await shop.measure(#""kind": "hello", "path": "/api/health/""#, requests: 25).report
            #expect((hello.ok, hello.refused, hello.errors) == (25, 0, 0))
            #expect(hello.reconciled == nil)
            let pages = try await shop.measure(
                #"""
                "kind": "browse", "pages": [{"path": "/api/products/detail/?id={product}", "share": 2},
                  {"path": "/api/products/list/?category_id={category}", "share": 1}, {"path": "/api/nowhere/", "share": 1}]
                """#, requests: 60
            ).report
            #expect(pages.ok > 0 && pages.ok + pages.refused == 60)
            // One page in four does not exist.
            #expect(pages.refused > 0)
            #expect(pages.reconciled == nil)
        }
    }

    @Test func aServerThatIsNotThereIsSaidAtOnce() async throws {
        var settings = LoadSettings(target: try LoadTarget("http://127.0.0.1:1"))
        settings.connections = 1
        let scenario = Scenario(name: "hello", description: "test", kind: .hello(path: "/"), bars: [])
        let measurement = Measurement(scenario: scenario, settings: settings) { _ in }
        await #expect(throws: BenchError.self) { try await measurement.run() }
    }
}
