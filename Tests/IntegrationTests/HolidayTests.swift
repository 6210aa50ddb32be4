// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// Holidays whose time comes while nobody writes anything, over a real server.
@Suite(.timeLimit(.minutes(5))) struct HolidayTests {
    /// Asks again until the list has so many products. Every question is a round trip; a server that never looks fails the test.
    private static func until(_ count: Int, _ server: ServerProcess) async throws -> Bool {
        for _ in 0..<50_000 {
            let list = try await server.client.get("/api/products/list/")
            if try list.json["data"]?.elements?.count == count { return true }
        }
        return false
    }

    /// Whoever leads looks at once, so that a server that begins is a minute that has passed.
    @Test func theServerThatLeadsLetsThemBeginAndEnd() async throws {
        try await LiveShop.with(.init(servers: 0)) { shop in
            let written = "update sellers.sellers set holiday_from = now() - interval"
            for (dates, was, products) in [
                ("'1 hour', holiday_to = now() + interval '1 day'", "false", 0),
                ("'1 day', holiday_to = now() - interval '1 hour'", "true", 1),
            ] {
                _ = try await shop.database.sql(
                    "\(written) \(dates) where id = 11; update sellers.sellers set on_holiday = \(was) where id = 11")
                try await ServerProcess.with(shop.settings) { server in
                    let isShown = try await Self.until(products, server)
                    #expect(isShown, "\(dates)")
                }
            }
        }
    }
}
