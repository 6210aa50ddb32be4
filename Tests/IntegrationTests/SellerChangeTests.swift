// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// What a seller changes while buyers buy, over real servers.
@Suite(.timeLimit(.minutes(10))) struct SellerChangeTests {
    /// Makes somebody the seller of the fixture's product; returns a token.
    private func seller(_ shop: LiveShop) async throws -> String {
        _ = try await shop.database.sql(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, status, roles)
            values (70, 'kiran@example.org', 'kiran@example.org', 'none', 'Kiran', 'active', '{customer,seller}');
            insert into accounts.sessions (id, user_id) values (71, 70);
            update sellers.sellers set owner_user_id = 70 where id = 11;
            """)
        return try await AccessTokens(secret: try ServerProcess.secret()).issue(
            user: UserID(rawValue: 70), session: SessionID(rawValue: 71), audience: .all, lifetime: .seconds(3600))
    }

    private static func price(_ amount: Int64, version: Int) -> String {
        """
        {"id":"\(Fixture.product)","expected_version":\(version),"variants":[{"id":"\(Fixture.variant)",\
        "price":{"amount":\(amount),"currency":"INR"}}]}
        """
    }

    /// Both servers remember the old price; what is heard of the new one decides nothing.
    @Test(arguments: [true, false]) func nobodyBuysAtAnOldPrice(hasNews: Bool) async throws {
        try await LiveShop.with(.init(servers: 2, hasNews: hasNews), stock: 10) { shop in
            let seller = try await seller(shop)
            let buyers = try await shop.buyers(2)
            for (server, buyer) in zip(shop.servers, buyers) {
                let cart = try await server.client.get("/api/cart/get/", token: buyer.token)
                #expect(try cart.json["totals"]?["grand_total"]?["amount"]?.int64 == Fixture.price)
            }
            let changed = try await shop.client.send(
                "PUT", "/api/products/update/", Self.price(20_000, version: 1), token: seller)
            #expect(changed.status == 200, "\(changed.text)")
            for (server, buyer) in zip(shop.servers, buyers) {
                let old = try await server.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
                #expect(old.status == 409 && old.code == "price-changed", "\(old.text)")
                let new = try await server.client.post(
                    "/api/orders/create/", LiveShop.order(total: 20_000), token: buyer.token)
                #expect(new.status == 201, "\(new.text)")
            }
        }
    }

    @Test func whatIsArchivedLeavesCartsAndStaysOnOrders() async throws {
        try await LiveShop.with(stock: 10) { shop in
            let seller = try await seller(shop)
            let buyers = try await shop.buyers(2)
            let order = try await shop.buy(buyers[0])
            #expect(order.status == 201)
            let gone = try await shop.client.post(
                "/api/products/archive/", #"{"id":"\#(Fixture.product)"}"#, token: seller)
            #expect(gone.status == 200, "\(gone.text)")
            let cart = try await shop.client.get("/api/cart/get/", token: buyers[1].token)
            #expect(try cart.json["problems"]?.elements?.compactMap { $0["code"]?.string } == ["not-available"])
            let late = try await shop.buy(buyers[1])
            #expect(late.status == 409 && late.code == "seller-unavailable", "\(late.text)")
            let added = try await shop.client.post(
                "/api/cart/add/", #"{"variant_id":"\#(Fixture.variant)","quantity":1}"#, token: buyers[1].token)
            #expect(added.status == 404)
            let id = try #require(try order.json["id"]?.string)
            let detail = try await shop.client.get("/api/orders/detail/?id=\(id)", token: buyers[0].token)
            let line = try detail.json["seller_orders"]?.elements?.first?["lines"]?.elements?.first
            #expect(line?["title"]?.string == "Rug" && line?["variant_id"]?.string == "\(Fixture.variant)")
            let detailOfAll = try await shop.client.get("/api/products/detail/?id=\(Fixture.product)")
            #expect(detailOfAll.status == 404)
        }
    }

    /// Whoever comes first: every order is whole, and none comes after the end.
    @Test func archivingWhileEverybodyOrders() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 100) { shop in
            let seller = try await seller(shop)
            let buyers = try await shop.buyers(20)
            async let archived = shop.servers[1].client.post(
                "/api/products/archive/", #"{"id":"\#(Fixture.product)"}"#, token: seller)
            let answers = try await shop.buy(buyers)
            #expect(try await archived.status == 200)
            for answer in answers where answer.status != 201 {
                #expect(answer.status == 409, "\(answer.text)")
                #expect(["price-changed", "seller-unavailable"].contains(answer.code ?? ""), "\(answer.text)")
            }
            let placed = answers.filter { $0.status == 201 }.count
            let sold = try await shop.sold()
            #expect(sold == "\(placed)|\(placed)")
        }
    }
}
