// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// Several processes that a client takes for one.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ClusterTests {
    /// Each request goes to the next server: what one has just done, the other must know.
    @Test func theJourneyPassesThroughNginx() async throws {
        try await LocalCluster.with(servers: 2) { cluster in
            #expect(Set(cluster.servers).count == 2)
            let client = cluster.client
            let registered = try await client.post(
                "/api/auth/register/",
                #"{"email":"asha@example.org","password":"correct horse battery","full_name":"Asha Rao"}"#)
            #expect(registered.status == 201)
            let login = try await client.post(
                "/api/auth/login/", #"{"email":"asha@example.org","password":"correct horse battery"}"#)
            let token = try #require(try login.json["access"]?.string)

            let (variant, other) = try await Self.variants(client)
            var version = 0
            for (step, variant) in [variant, other, variant].enumerated() {
                let added = try await client.post(
                    "/api/cart/add/", #"{"variant_id":"\#(variant)","quantity":1}"#, token: token)
                #expect(added.status == 200, "\(added.text)")
                for _ in cluster.servers {
                    let cart = try await client.get("/api/cart/get/", token: token)
                    version = try #require(try cart.json["version"]?.int)
                    #expect(version == step + 2, "both servers show the newest cart")
                }
            }
            let cart = try await client.get("/api/cart/get/", token: token).json
            let total = try #require(cart["totals"]?["grand_total"]?["amount"]?.int64)
            let body = LiveShop.order(cartVersion: version, total: total)
            var answers: [TestClient.Answer] = []
            for _ in 0..<4 {
                answers.append(try await client.post("/api/orders/create/", body, token: token, key: "the-only-one"))
            }
            #expect(RaceTests.tally(answers) == ["201": 1, "201 replayed": 3])
            #expect(Set(answers.map(\.body)).count == 1)
            let id = try #require(try answers[0].json["id"]?.string)
            for _ in cluster.servers {
                let empty = try await client.get("/api/cart/get/", token: token)
                #expect(try empty.json["groups"]?.elements?.isEmpty == true)
            }
            let released = try await client.post("/api/orders/release/", #"{"id":"\#(id)"}"#, token: token)
            #expect(released.status == 200)
            for _ in cluster.servers {
                let status = try await client.get("/api/orders/status/?id=\(id)", token: token)
                #expect(try status.json["status"]?.string == "cancelled")
            }
        }
    }

    /// Two variants of the demo catalogue that are there.
    private static func variants(_ client: TestClient) async throws -> (String, String) {
        let products = try await client.get("/api/products/list/?limit=20").json
        var found: [String] = []
        for card in products["data"]?.elements ?? [] where found.count < 2 {
            let id = try #require(card["id"]?.string)
            let detail = try await client.get("/api/products/detail/?id=\(id)").json
            for variant in detail["variants"]?.elements ?? [] where found.count < 2 {
                if let available = variant["available"]?.int, available < 10 { continue }
                if let id = variant["id"]?.string { found.append(id) }
            }
        }
        try #require(found.count == 2)
        return (found[0], found[1])
    }

    /// The first server leads; killed, it is followed by the second, which ends what is due.
    @Test func whoeverLeadsIsFollowedWhenItDies() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: 10))
            let settings = ServerProcess.Settings(databaseURL: database.url)
            let first = try await ServerProcess.start(settings)
            let leases =
                "select count(*) from platform.leases where role = 'upkeep' and lease_until > clock_timestamp()"
            while try await database.text(leases) != "1" {}
            let leader = try await database.text("select instance from platform.leases where role = 'upkeep'")
            try await ServerProcess.with(settings) { second in
                let shop = LiveShop(database: database, servers: [second], settings: settings)
                let answers = try await shop.buy(try await shop.buyers(2))
                #expect(RaceTests.tally(answers) == ["201": 2])
                #expect(try await database.text("select instance from platform.leases where role = 'upkeep'") == leader)
                await first.kill()
                _ = try await database.sql(
                    """
                    update orders.orders set reserved_until = now() - interval '1 second';
                    update inventory.reservations r set expires_at = o.reserved_until from orders.orders o where o.id = r.order_id;
                    """)
                let ended = """
                    select (select count(*) from orders.orders where status = 'expired'), (select reserved from inventory.stock)
                    """
                while try await database.text(ended) != "2|0" {}
                #expect(try await database.text("select instance from platform.leases where role = 'upkeep'") != leader)
            }
        }
    }
}
