// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// What a browser meets before any handler, on the program as it is configured from outside.
@Suite(.timeLimit(.minutes(5))) struct WebEdgeTests {
    private static let environment = [
        "CORS_ORIGINS": "HTTPS://Shop.Example:443", "HSTS_MAX_AGE": "600", "TRUSTED_PROXIES": "127.0.0.1",
    ]
    /// What our own proxy says of a request that came to it by TLS.
    private static let secure = (name: "X-Forwarded-Proto", value: "https")
    private static let origin = (name: "Origin", value: "https://shop.example")

    private static func expectSafe(_ answer: TestClient.Answer) {
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Referrer-Policy") == "no-referrer")
        #expect(answer.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'")
        #expect(answer.header("Strict-Transport-Security") == "max-age=600")
        #expect(answer.header("X-Request-Id")?.utf8.count == 26)
        #expect(answer.header("Server") == nil)
        #expect(answer.header("Vary") == "Origin")
    }

    @Test func everyAnswerIsSafeAndReadableByTheShopsPages() async throws {
        try await LiveShop.with(environment: Self.environment) { shop in
            let buyer = try await shop.buyers(1)[0]
            let calls: [(status: Int, method: String, path: String, body: String?, token: String?)] = [
                (200, "GET", "/api/health/", nil, nil), (200, "GET", "/api/products/list/", nil, nil),
                (200, "GET", "/api/cart/get/", nil, buyer.token), (404, "GET", "/api/nothing/", nil, nil),
                (405, "DELETE", "/api/cart/get/", nil, nil), (401, "GET", "/api/orders/list/", nil, nil),
                (400, "GET", "/api/orders/list/?sort=%00", nil, buyer.token),
                (422, "POST", "/api/cart/add/", "{}", buyer.token),
            ]
            for call in calls {
                let answer = try await shop.client.send(
                    call.method, call.path, call.body, token: call.token, headers: [Self.origin, Self.secure])
                #expect(answer.status == call.status, "\(call)")
                Self.expectSafe(answer)
                #expect(answer.header("Access-Control-Allow-Origin") == "https://shop.example", "\(call)")
                if call.path != "/api/products/list/" {
                    #expect(answer.header("Cache-Control") == "private, no-store", "\(call)")
                }
            }
            // Without TLS nobody is told to insist on it (RFC 6797 §7.2).
            let plain = try await shop.client.send("GET", "/api/health/", nil, headers: [Self.origin])
            #expect(plain.status == 200)
            #expect(plain.header("Strict-Transport-Security") == nil)
            let foreign = try await shop.client.send(
                "GET", "/api/products/list/", headers: [("Origin", "https://evil.example"), Self.secure])
            #expect(foreign.header("Access-Control-Allow-Origin") == nil)
            Self.expectSafe(foreign)
        }
    }

    @Test func preflightsOfTheShopsPagesPass() async throws {
        try await LiveShop.with(environment: Self.environment) { shop in
            let asked = [
                Self.origin, ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key"),
            ]
            let answer = try await shop.client.send("OPTIONS", "/api/orders/create/", headers: asked)
            #expect(answer.status == 204)
            #expect(answer.header("Access-Control-Allow-Methods") == "POST, OPTIONS")
            let fields = answer.header("Access-Control-Allow-Headers")?.lowercased().split(separator: ",").map {
                $0.drop { $0 == " " }
            }
            for field in ["authorization", "content-type", "idempotency-key", "if-match", "x-cart-token"] {
                #expect(fields?.contains(Substring(field)) == true, "\(field)")
            }
            #expect(answer.header("Access-Control-Max-Age") == "7200")
            let foreign = try await shop.client.send(
                "OPTIONS", "/api/orders/create/",
                headers: [("Origin", "null"), ("Access-Control-Request-Method", "POST")])
            #expect(foreign.header("Access-Control-Allow-Origin") == nil)
            #expect(foreign.header("Access-Control-Allow-Methods") == nil)
        }
    }

    @Test func aVersionIsPinnedOrRefused() async throws {
        try await LiveShop.with { shop in
            let pinned = try await shop.client.send(
                "GET", "/api/products/list/", headers: [("X-Api-Version", "2026-12-01")])
            #expect(pinned.status == 200 && pinned.header("X-Api-Version") == "2026-12-01")
            let future = try await shop.client.send(
                "GET", "/api/products/list/", headers: [("X-Api-Version", "2027-01-01")])
            #expect(future.code == "malformed-request")
            #expect(try future.json["api_versions"]?.elements?.compactMap(\.string) == ["2026-12-01"])
        }
    }
}
