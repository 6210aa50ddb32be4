// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// What clients get wrong, and the problem document that each of it gets from the real server.
@Suite(.timeLimit(.minutes(10))) struct RefusalTests {
    /// A request with the refusal it deserves.
    struct Case: Sendable {
        var what: String
        var method = "POST"
        var path = "/api/cart/add/"
        var body: String?
        var token: String?
        var key: String?
        var headers: [(name: String, value: String)] = []
        var status: Int
        var code: String
    }

    @Test func everyRefusalIsAProblemWithItsCode() async throws {
        try await LiveShop.with { shop in
            let token = try await shop.buyers(1)[0].token
            let expired = try await Self.expiredToken()
            let cases =
                Self.bodies(token) + Self.orders(token) + Self.queries(token) + Self.callers(token, expired: expired)
            for refusal in cases {
                let answer = try await shop.client.send(
                    refusal.method, refusal.path, refusal.body, token: refusal.token, key: refusal.key,
                    headers: refusal.headers)
                #expect(answer.status == refusal.status, "\(refusal.what): \(answer.text)")
                #expect(answer.code == refusal.code, "\(refusal.what): \(answer.text)")
                let problem = try answer.json
                #expect(problem["type"]?.string == "https://errors.mve.dev/\(refusal.code)", "\(refusal.what)")
                #expect(problem["status"]?.int == refusal.status, "\(refusal.what)")
                #expect(problem["title"]?.string?.isEmpty == false, "\(refusal.what)")
                #expect(answer.header("X-Request-Id")?.isEmpty == false, "\(refusal.what)")
            }
            #expect(
                try await shop.database.text("select count(*), (select version from carts.carts) from orders.orders")
                    == "0|1")
        }
    }

    private static func bodies(_ token: String) -> [Case] {
        let variant = "\(Fixture.variant)"
        let large = #"{"variant_id":"\#(String(repeating: "a", count: 1024 * 1024))","quantity":1}"#
        return [
            Case(what: "no JSON", body: "{", token: token, status: 400, code: "malformed-json"),
            Case(
                what: "a member twice", body: #"{"variant_id":"\#(variant)","quantity":1,"quantity":2}"#, token: token,
                status: 400, code: "malformed-json"),
            Case(
                what: "octets behind", body: #"{"variant_id":"\#(variant)","quantity":1} x"#, token: token,
                status: 400, code: "malformed-json"),
            Case(
                what: "a text for a number", body: #"{"variant_id":"\#(variant)","quantity":"1"}"#, token: token,
                status: 422, code: "validation-failed"),
            Case(
                what: "a fraction", body: #"{"variant_id":"\#(variant)","quantity":1.5}"#, token: token, status: 422,
                code: "validation-failed"),
            Case(what: "an array for an object", body: "[]", token: token, status: 422, code: "validation-failed"),
            Case(
                what: "nothing wanted", body: #"{"variant_id":"\#(variant)","quantity":0}"#, token: token, status: 422,
                code: "validation-failed"),
            Case(
                what: "an unknown variant", body: #"{"variant_id":"var_zzzzzzzzzzzz","quantity":1}"#, token: token,
                status: 404, code: "not-found"),
            Case(what: "a body above the limit", body: large, token: token, status: 413, code: "payload-too-large"),
            Case(
                what: "a form", body: "variant_id=1", token: token,
                headers: [("Content-Type", "application/x-www-form-urlencoded")], status: 415,
                code: "unsupported-media-type"),
            Case(
                what: "a bad key", body: #"{"variant_id":"\#(variant)","quantity":1}"#, token: token,
                headers: [("Idempotency-Key", "a b")], status: 400, code: "idempotency-key-invalid"),
        ]
    }

    private static func orders(_ token: String) -> [Case] {
        let path = "/api/orders/create/"
        return [
            Case(
                what: "another total", path: path, body: LiveShop.order(total: 1), token: token, status: 409,
                code: "price-changed"),
            Case(
                what: "another version", path: path, body: LiveShop.order(cartVersion: 9), token: token, status: 409,
                code: "cart-changed"),
            Case(
                what: "credit", path: path, body: LiveShop.order().replacing("razorpay", with: "credit_terms"),
                token: token,
                status: 422, code: "payment-method-unavailable"),
            Case(
                what: "no address", path: path,
                body: #"{"cart_version":1,"expected_total":{"amount":1,"currency":"INR"},"payment_method":"razorpay"}"#,
                token: token, status: 422, code: "validation-failed"),
            Case(
                what: "nobody's order", path: path, body: LiveShop.order(), status: 401, code: "token-missing"),
        ]
    }

    private static func queries(_ token: String) -> [Case] {
        func get(_ what: String, _ path: String, _ status: Int, _ code: String) -> Case {
            Case(what: what, method: "GET", path: path, token: token, status: status, code: code)
        }
        return [
            get("an unknown parameter", "/api/orders/list/?page=2", 400, "unknown-parameter"),
            get("a limit of none", "/api/orders/list/?limit=0", 400, "malformed-request"),
            get("a limit of too many", "/api/orders/list/?limit=101", 400, "malformed-request"),
            get("a made-up cursor", "/api/orders/list/?cursor=AAAA", 400, "invalid-cursor"),
            get("an unknown status", "/api/orders/list/?status=lost", 422, "validation-failed"),
            get("an unknown order", "/api/orders/detail/?id=ord_zzzzzzzzzzzz", 404, "not-found"),
            get("no order's id", "/api/orders/status/?id=1", 404, "not-found"),
            get("too long a wait", "/api/orders/status/?id=ord_zzzzzzzzzzzz&wait=26", 400, "malformed-request"),
            get("an unknown path", "/api/orders/", 404, "not-found"),
        ]
    }

    private static func callers(_ token: String, expired: String) -> [Case] {
        func get(_ what: String, token: String?, _ code: String) -> Case {
            Case(what: what, method: "GET", path: "/api/orders/list/", token: token, status: 401, code: code)
        }
        return [
            get("no token", token: nil, "token-missing"), get("an old token", token: expired, "token-expired"),
            get("a forged token", token: token.dropLast(3) + "AAA", "token-invalid"),
            get("no token at all", token: "x", "token-invalid"),
        ]
    }

    @Test func aWrongMethodIsToldTheRightOnes() async throws {
        try await LiveShop.with { shop in
            for (method, path, allowed) in [
                ("DELETE", "/api/orders/list/", "GET"), ("GET", "/api/orders/create/", "POST"),
                ("POST", "/api/orders/detail/", "GET"), ("PUT", "/api/cart/add/", "POST"),
            ] {
                let answer = try await shop.client.send(method, path)
                #expect(answer.status == 405)
                #expect(answer.code == "method-not-allowed")
                #expect(answer.header("Allow")?.contains(allowed) == true)
            }
        }
    }

    private struct PastClock: WallClock {
        func now() -> Timestamp { SystemClock().now() - .seconds(7200) }
    }

    private static func expiredToken() async throws -> String {
        let tokens = await AccessTokens(secret: try ServerProcess.secret(), clock: PastClock())
        return try await tokens.issue(user: ID(rawValue: 2000), session: ID(rawValue: 3000), audience: .all)
    }
}
