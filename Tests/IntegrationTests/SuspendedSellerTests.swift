// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// What buyers meet when an admin suspends the seller of what is in their carts, over real servers.
@Suite(.timeLimit(.minutes(10))) struct SuspendedSellerTests {
    /// An admin who may decide about sellers, and a seller that has proved everything; returns a token.
    private func admin(_ shop: LiveShop) async throws -> String {
        _ = try await shop.database.sql(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, status, roles, permissions)
            values (80, 'meera@example.org', 'meera@example.org', 'none', 'Meera', 'active', '{admin}', '{sellers:write}');
            insert into accounts.sessions (id, user_id) values (81, 80);
            update sellers.sellers set kyc_status = 'verified' where id = 11;
            """)
        return try await AccessTokens(secret: try ServerProcess.secret()).issue(
            user: UserID(rawValue: 80), session: SessionID(rawValue: 81), audience: .all, lifetime: .seconds(3600))
    }

    private func act(_ word: String, _ shop: LiveShop, _ token: String) async throws -> TestClient.Answer {
        try await shop.client.post(
            "/api/admin/sellers/\(word)/",
            #"{"id":"\#(SellerID(rawValue: 11))","reason_code":"complaints","note":"Ten complaints."}"#, token: token)
    }

    /// Both servers remember the offer; what is heard of the suspension decides nothing.
    @Test(arguments: [true, false]) func nobodyBuysOfASuspendedSeller(hasNews: Bool) async throws {
        try await LiveShop.with(.init(servers: 2, hasNews: hasNews), stock: 10) { shop in
            let token = try await admin(shop)
            let buyers = try await shop.buyers(3)
            let before = try await shop.buy(buyers[0])
            #expect(before.status == 201, "\(before.text)")
            for (server, buyer) in zip(shop.servers, buyers.dropFirst()) {
                let cart = try await server.client.get("/api/cart/get/", token: buyer.token)
                #expect(cart.status == 200)
            }
            let suspended = try await act("suspend", shop, token)
            #expect(suspended.status == 200, "\(suspended.text)")
            for (server, buyer) in zip(shop.servers, buyers.dropFirst()) {
                let late = try await server.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
                #expect(late.status == 409 && late.code == "seller-unavailable", "\(late.text)")
            }
            // What was ordered before goes on.
            let id = try #require(try before.json["id"]?.string)
            let detail = try await shop.client.get("/api/orders/detail/?id=\(id)", token: buyers[0].token)
            #expect(try detail.json["status"]?.string == "pending_payment")
            let back = try await act("reinstate", shop, token)
            #expect(back.status == 200, "\(back.text)")
            let sold = try await shop.buyInTheEnd(buyers[1])
            #expect(sold.status == 201, "\(sold.text)")
        }
    }
}
