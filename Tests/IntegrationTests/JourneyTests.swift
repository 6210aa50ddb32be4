// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// The way of a buyer through the real server, over real sockets.
@Suite(.timeLimit(.minutes(10))) struct JourneyTests {
    @Test(arguments: [1, 2]) func fromRegistrationToTheOrder(loops: Int) async throws {
        try await LiveShop.with(.init(loops: loops), stock: 10) { shop in
            let client = shop.client
            let token = try await register(client)
            try await browse(client)
            let version = try await fillCart(client, token)
            try await order(client, token, cartVersion: version)
            #expect(try await shop.database.text("select on_hand, reserved from inventory.stock") == "10|2")
        }
    }

    private func register(_ client: TestClient) async throws -> String {
        let registered = try await client.post(
            "/api/auth/register/",
            #"{"email":"asha@example.org","password":"correct horse battery","full_name":"Asha Rao"}"#)
        #expect(registered.status == 201)
        let login = try await client.post(
            "/api/auth/login/", #"{"email":"ASHA@example.org","password":"correct horse battery"}"#)
        #expect(login.status == 200)
        let token = try #require(try login.json["access"]?.string)
        let profile = try await client.get("/api/auth/profile/", token: token)
        #expect(try profile.json["full_name"]?.string == "Asha Rao")
        return token
    }

    private func browse(_ client: TestClient) async throws {
        let categories = try await client.get("/api/categories/list/?include_empty=true")
        #expect(try categories.json["data"]?.elements?.first?["slug"]?.string == "home")
        let products = try await client.get("/api/products/list/?limit=5")
        let card = try #require(try products.json["data"]?.elements?.first)
        #expect(card["slug"]?.string == "rug")
        let id = try #require(card["id"]?.string)
        let detail = try await client.get("/api/products/detail/?id=\(id)")
        #expect(try detail.json["variants"]?.elements?.first?["id"]?.string == "\(Fixture.variant)")
        let unchanged = try await client.get(
            "/api/products/detail/?id=\(id)", headers: [("If-None-Match", try #require(detail.header("ETag")))])
        #expect(unchanged.status == 304)
        #expect(unchanged.body.isEmpty)
    }

    /// Two units; returns the cart's version.
    private func fillCart(_ client: TestClient, _ token: String) async throws -> Int {
        let added = try await client.post(
            "/api/cart/add/", #"{"variant_id":"\#(Fixture.variant)","quantity":2}"#, token: token)
        #expect(added.status == 200)
        let cart = try await client.get("/api/cart/get/", token: token)
        #expect(try cart.json["totals"]?["grand_total"]?["amount"]?.int64 == 2 * Fixture.price)
        return try #require(try cart.json["version"]?.int)
    }

    private func order(_ client: TestClient, _ token: String, cartVersion: Int) async throws {
        let body = LiveShop.order(cartVersion: cartVersion, total: 2 * Fixture.price)
        let created = try await client.post("/api/orders/create/", body, token: token, key: "first")
        #expect(created.status == 201)
        #expect(!created.isReplay)
        #expect(try created.json["status"]?.string == "pending_payment")
        let id = try #require(try created.json["id"]?.string)

        let again = try await client.post("/api/orders/create/", body, token: token, key: "first")
        #expect(again.status == 201)
        #expect(again.isReplay)
        #expect(again.body == created.body)
        let other = LiveShop.order(cartVersion: cartVersion, total: 1)
        let reused = try await client.post("/api/orders/create/", other, token: token, key: "first")
        #expect(reused.status == 409)
        #expect(reused.code == "idempotency-key-reused")
        // The same cart version under no key is the same order, not a second one.
        let doubleClick = try await client.post("/api/orders/create/", body, token: token)
        #expect(doubleClick.status == 200)
        #expect(!doubleClick.isReplay)
        #expect(try doubleClick.json["id"]?.string == id)

        let detail = try await client.get("/api/orders/detail/?id=\(id)", token: token)
        #expect(try detail.json["totals"]?["grand_total"]?["amount"]?.int64 == 2 * Fixture.price)
        let list = try await client.get("/api/orders/list/", token: token)
        #expect(try list.json["data"]?.elements?.map { $0["id"]?.string } == [id])
        let status = try await client.get("/api/orders/status/?id=\(id)", token: token)
        #expect(try status.json["status"]?.string == "pending_payment")
        #expect(try status.json["version"]?.int == 1)
        let empty = try await client.get("/api/cart/get/", token: token)
        #expect(try empty.json["groups"]?.elements?.isEmpty == true)
    }
}
