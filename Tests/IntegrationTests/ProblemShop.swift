// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// A real server over goods and people with which every refusal can be had.
struct ProblemShop: Sendable {
    let shop: LiveShop
    /// Each with a cart of one rug at version 1.
    let buyers: [LiveShop.Buyer]

    var client: TestClient { shop.client }
    var token: String { buyers[0].token }

    /// Nothing is limited but the tries of an account's password: two a day.
    private static let policies =
        "read 1000000/s\nwrite 1000000/s\nlogin 1000000/s\nlogin-account 2/day\nregister 100/s\n"

    static func with(_ body: @Sendable (ProblemShop) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "mve-problems-" + UUID().uuidString
        try policies.write(toFile: path, atomically: true, encoding: .utf8)
        let result: Result<Void, any Error>
        do {
            // The provider is a port where nobody listens.
            let environment = ["RATE_LIMITS": path, "RAZORPAY_BASE_URL": "http://127.0.0.1:1"]
            try await LiveShop.with(stock: 5, environment: environment) { shop in
                _ = try await shop.database.sql(goods)
                try await body(ProblemShop(shop: shop, buyers: try await shop.buyers(8)))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(atPath: path)
        try result.get()
    }

    /// Variants 42 in fours up to eight, 43 in dollars, 44 of a suspended seller.
    private static let goods = """
        insert into sellers.sellers (id, slug, business_name, status, state_code) values (12, 'gone', 'Gone', 'suspended', 'KA');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        values (32, 12, 21, 'lamp', 'Lamp', 'approved', '9405', 1800);
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor, currency, min_quantity, step, max_quantity)
        values (42, 31, 11, 'RUG-4', 100, 'INR', 4, 4, 8), (43, 31, 11, 'RUG-USD', 100, 'USD', 1, 1, null),
               (44, 32, 12, 'LAMP-1', 100, 'INR', 1, 1, null);
        update inventory.stock set on_hand = 100 where variant_id in (42, 43, 44);
        """

    // MARK: Calls

    func post(_ path: String, _ body: String, token: String? = nil, key: String? = nil) async throws
        -> TestClient.Answer
    {
        try await client.post(path, body, token: token, key: key)
    }

    func get(_ path: String, token: String? = nil) async throws -> TestClient.Answer {
        try await client.get(path, token: token)
    }

    func add(_ variant: Int64, _ quantity: Int, key: String? = nil) async throws -> TestClient.Answer {
        let body = #"{"variant_id":"\#(VariantID(rawValue: variant))","quantity":\#(quantity)}"#
        return try await post("/api/cart/add/", body, token: buyers[1].token, key: key)
    }

    func order(_ buyer: Int, _ body: String = LiveShop.order()) async throws -> TestClient.Answer {
        try await post("/api/orders/create/", body, token: buyers[buyer].token)
    }

    func initiate(_ order: String, _ buyer: Int) async throws -> TestClient.Answer {
        try await post("/api/payments/initiate/", #"{"order_id":"\#(order)"}"#, token: buyers[buyer].token)
    }

    func register(_ email: String, _ password: String = "correct horse battery") async throws -> TestClient.Answer {
        try await post(
            "/api/auth/register/", #"{"email":"\#(email)","password":"\#(password)","full_name":"Asha Rao"}"#)
    }

    func logIn(_ email: String, _ password: String, audience: String? = nil) async throws -> TestClient.Answer {
        let more = audience.map { #","audience":"\#($0)""# } ?? ""
        return try await post("/api/auth/login/", #"{"email":"\#(email)","password":"\#(password)"\#(more)}"#)
    }

    func refresh(_ token: String) async throws -> TestClient.Answer {
        try await post("/api/auth/refresh/", #"{"refresh":"\#(token)"}"#)
    }

    /// A token of the first buyer's, made as the server makes them.
    func token(_ audience: Audience = .all, clock: any WallClock = SystemClock()) async throws -> String {
        let tokens = await AccessTokens(secret: try ServerProcess.secret(), clock: clock)
        return try await tokens.issue(user: ID(rawValue: 2000), session: ID(rawValue: 3000), audience: audience)
    }

    /// What the server answers to octets, as far as its end or the end of the answer's body.
    func raw(_ request: String) async throws -> TestClient.Answer {
        let port = try #require(UInt16(client.url.split(separator: ":").last ?? ""))
        return try RawAnswers.ask(request, port: port)
    }
}

/// Takes apart what arrives on a bare socket.
enum RawAnswers {
    static func ask(_ request: String, port: UInt16) throws -> TestClient.Answer {
        let socket = try RawSocket(port: port)
        try socket.send(request)
        // A problem's document is one object on one line.
        let text = try socket.receive(until: "}")
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = (parts.first ?? "").components(separatedBy: "\r\n")
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let field = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (field[0], field.count > 1 ? field[1].trimmingCharacters(in: .whitespaces) : "")
        }
        return TestClient.Answer(
            status: Int((lines.first ?? "").dropFirst(9).prefix(3)) ?? 0, headers: headers,
            body: Array((parts.dropFirst().first ?? "").utf8))
    }
}
