// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// Two processes that both remember one cart: what one of them remembers may be old.
@Suite(.timeLimit(.minutes(5))) struct CartMemoryTests {
    @Test func nobodyIsRefusedByAnOldMemory() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 10) { shop in
            let token = try await shop.buyers(1)[0].token
            let (first, second) = (shop.servers[0].client, shop.servers[1].client)
            let before = try await second.get("/api/cart/get/", token: token)
            #expect(try before.json["version"]?.int == 1)
            let added = try await first.post("/api/cart/add/", Self.addition(expecting: 1), token: token)
            #expect(try added.json["version"]?.int == 2)

            // A version that the second has not heard of is one to look for, not one to refuse.
            let again = try await second.post("/api/cart/add/", Self.addition(expecting: 2), token: token)
            #expect(again.status == 200)
            #expect(try again.json["version"]?.int == 3)
            let order = try await first.post(
                "/api/orders/create/", LiveShop.order(cartVersion: 3, total: 3 * Fixture.price), token: token)
            #expect(order.status == 201)
        }
    }

    @Test func nothingToDoIsSaidOfTheRowAndNotOfTheMemory() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 10) { shop in
            let token = try await shop.buyers(1)[0].token
            let (first, second) = (shop.servers[0].client, shop.servers[1].client)
            let emptied = try await second.post("/api/cart/clear/", "{}", token: token)
            #expect(try emptied.json["version"]?.int == 2)
            let added = try await first.post("/api/cart/add/", Self.addition(expecting: 2), token: token)
            #expect(try added.json["version"]?.int == 3)

            let cleared = try await second.post("/api/cart/clear/", "{}", token: token)
            #expect(try cleared.json["version"]?.int == 4)
            #expect(try await shop.database.text("select count(*) from carts.cart_lines") == "0")
        }
    }

    private static func addition(expecting version: Int) -> String {
        #"{"variant_id":"\#(Fixture.variant)","quantity":1,"expected_version":\#(version)}"#
    }
}
