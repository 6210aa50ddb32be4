// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// Two processes that change one cart at the same time, in every way there is: no change is lost, and each has its version.
@Suite(.timeLimit(.minutes(10))) struct CartRaceTests {
    private static let credentials = #""email":"asha@example.org","password":"correct horse battery""#

    private static func variant(_ number: Int64) -> VariantID { VariantID(rawValue: number) }

    private static func add(
        _ client: TestClient, _ variant: Int64, token: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        try await client.post(
            "/api/cart/add/", #"{"variant_id":"\#(self.variant(variant))","quantity":1}"#, token: token,
            headers: headers)
    }

    @Test(arguments: [1, 2]) func addsRemovesAndMergesLoseNothing(servers: Int) async throws {
        try await LiveShop.with(.init(servers: servers)) { shop in
            _ = try await shop.database.sql(
                """
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                select n, 31, 11, 'RUG-' || n, \(Fixture.price) from generate_series(42, 44) n;
                update inventory.stock set on_hand = 1000, version = version + 1;
                """)
            let registered = try await shop.client.post(
                "/api/auth/register/", #"{\#(Self.credentials),"full_name":"Asha Rao"}"#)
            let token = try #require(try registered.json["tokens"]?["access"]?.string)
            let guestCart = try await shop.client.get("/api/cart/get/")
            let guest = (name: "X-Cart-Token", value: try #require(guestCart.header("X-Cart-Token")))

            // 41 and 42 only ever get more; 43 comes and goes; the guest puts 44 in and logs in every now and then.
            let answers = try await RaceTests.each(Array(0..<48)) { number in
                let client = shop.servers[number / 6 % servers].client
                switch number % 6 {
                case 0: return try await Self.add(client, 41, token: token)
                case 1: return try await Self.add(client, 42, token: token)
                case 2: return try await Self.add(client, 43, token: token)
                case 3:
                    return try await client.post(
                        "/api/cart/remove/", #"{"variant_id":"\#(Self.variant(43))"}"#, token: token)
                case 4: return try await Self.add(client, 44, headers: [guest])
                default: return try await client.post("/api/auth/login/", "{\(Self.credentials)}", headers: [guest])
                }
            }
            #expect(RaceTests.tally(answers) == ["200": 48])
            // No two additions made the same version of the account's cart.
            var versions: Set<Int> = []
            for (number, answer) in answers.enumerated() where number % 6 < 3 {
                #expect(versions.insert(try #require(try answer.json["version"]?.int)).inserted)
            }
            let end = try await shop.client.post("/api/auth/login/", "{\(Self.credentials)}", headers: [guest])
            #expect(end.status == 200)
            let units = try await shop.database.text(
                """
                select string_agg(l.variant_id || ':' || l.quantity, ' ' order by l.variant_id)
                  from carts.cart_lines l join carts.carts c on c.id = l.cart_id
                 where c.user_id is not null and l.variant_id <> 43
                """)
            #expect(units == "41:8 42:8 44:8")
            let left = try await shop.database.text(
                "select count(*) from carts.cart_lines l join carts.carts c on c.id = l.cart_id where c.user_id is null"
            )
            #expect(left == "0")
            // What both processes say of the cart in the end is what the row says.
            for server in shop.servers {
                let cart = try await server.client.get("/api/cart/get/", token: token)
                let row = try await shop.database.text("select version from carts.carts where user_id is not null")
                #expect("\(try cart.json["version"]?.int ?? 0)" == row)
            }
        }
    }
}
