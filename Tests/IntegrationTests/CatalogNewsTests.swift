// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// What two processes remember of the catalogue, and how they are told to forget it.
@Suite(.timeLimit(.minutes(5))) struct CatalogNewsTests {
    /// Asks again until an answer is as wanted. Every question is a round trip; a process that never hears fails the test.
    private static func until(
        _ client: TestClient, _ target: String, _ isWanted: (JSONValue) -> Bool
    ) async throws -> Bool {
        for _ in 0..<5000 {
            let answer = try await client.get(target)
            if try answer.status == 200 && isWanted(answer.json) { return true }
        }
        return false
    }

    private static func target(_ shop: LiveShop) async throws -> String {
        let list = try await shop.client.get("/api/products/list/")
        return "/api/products/detail/?id=\(try #require(try list.json["data"]?.elements?.first?["id"]?.string))"
    }

    /// Changes the title behind everybody's back until the server answers with the one before: then it remembers.
    private static func remembered(_ shop: LiveShop, _ client: TestClient, _ target: String) async throws -> String {
        var last = ""
        for number in 0..<200 {
            _ = try await client.get(target)
            let title = "Title \(number)"
            _ = try await shop.database.sql("update catalog.products set title = '\(title)'")
            let shown = try await client.get(target).json["title"]?.string
            if shown != title { return title }
            last = title
        }
        Issue.record("the server remembers nothing: it has \(last)")
        return last
    }

    @Test func aChangeOfAnotherProcessIsShownAndALostListenerTrustsNothing() async throws {
        try await LiveShop.with(.init(servers: 2)) { shop in
            let target = try await Self.target(shop)
            for server in shop.servers {
                let title = try await Self.remembered(shop, server.client, target)
                _ = try await shop.database.sql("select platform.notify_v1('mve_products', '{1023:*}')")
                let isShown = try await Self.until(server.client, target) { $0["title"]?.string == title }
                #expect(isShown)
            }
            let title = try await Self.remembered(shop, shop.client, target)
            _ = try await shop.database.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '\(ChangeFeed.applicationName)'"
            )
            let isShown = try await Self.until(shop.client, target) { $0["title"]?.string == title }
            #expect(isShown, "nobody told of it; the connection that would have is gone")
        }
    }

    @Test func unitsThatOneProcessSellsAreGoneInTheOther() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 2) { shop in
            let target = try await Self.target(shop)
            let buyers = try await shop.buyers(2)
            let other = shop.servers[1].client
            for buyer in buyers {
                _ = try await Self.remembered(shop, other, target)
                let left = 1 - buyer.number
                let order = try await shop.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
                #expect(order.status == 201, "\(order.text)")
                let isShown = try await Self.until(other, target) {
                    $0["variants"]?.elements?.first?["available"]?.int == left && $0["in_stock"]?.bool == (left > 0)
                }
                #expect(isShown, "\(left) are left")
                let isListed = try await Self.until(other, "/api/products/list/") {
                    $0["data"]?.elements?.first?["in_stock"]?.bool == (left > 0)
                }
                #expect(isListed)
            }
        }
    }
}
