// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

/// A request for each problem code.
enum EveryProblemCalls {
    typealias Call = @Sendable (ProblemShop) async throws -> TestClient.Answer

    /// Fields that belong to a code.
    static let requiredHeaders: [String: Set<ProblemCode>] = [
        "Allow": [.methodNotAllowed],
        "Retry-After": [
            .rateLimited, .overloaded, .dependencyUnavailable, .outcomeUnknown, .paymentProviderUnavailable,
        ],
        "WWW-Authenticate": [
            .tokenMissing, .tokenExpired, .tokenInvalid, .refreshInvalid, .refreshReused, .invalidCredentials,
        ],
        "RateLimit": [.rateLimited], "RateLimit-Policy": [.rateLimited],
    ]

    /// To the running server.
    static let live: [ProblemCode: Call] = requests.merging(people) { $1 }.merging(goods) { $1 }

    private static let requests: [ProblemCode: Call] = [
        .unknownParameter: { try await $0.get("/api/orders/list/?nope=1", token: $0.token) },
        .invalidCursor: { try await $0.get("/api/orders/list/?cursor=x", token: $0.token) },
        .malformedJSON: { try await $0.post("/api/cart/add/", "{", token: $0.token) },
        .malformedRequest: { try await $0.client.get("/api/products/list/", headers: [("X-Api-Version", "tomorrow")]) },
        .idempotencyKeyInvalid: { try await $0.post("/api/cart/add/", "{}", token: $0.token, key: "two words") },
        .idempotencyKeyTooWeak: { try await $0.post("/api/cart/add/", "{}", key: "short") },
        .idempotencyKeyReused: {
            _ = try await $0.add(41, 1, key: "once")
            return try await $0.add(41, 2, key: "once")
        },
        .notFound: { try await $0.get("/api/nothing/") },
        .validationFailed: { try await $0.post("/api/cart/add/", #"{"quantity":"one"}"#, token: $0.token) },
        .versionConflict: {
            try await $0.client.send(
                "PUT", "/api/auth/profile/update/", #"{"full_name":"Asha"}"#, token: $0.token,
                headers: [("If-Match", "\"v99\"")])
        },
        .payloadTooLarge: {
            try await $0.post("/api/auth/login/", #"{"email":"\#(String(repeating: "a", count: 20_000))"}"#)
        },
        .unsupportedMediaType: {
            try await $0.client.send(
                "POST", "/api/cart/add/", "quantity", token: $0.token, headers: [("Content-Type", "text/plain")])
        },
        .methodNotAllowed: { try await $0.client.send("DELETE", "/api/cart/get/") },
        .signatureInvalid: { try await $0.post("/api/payments/webhook/", "{}") },
    ]

    private static let people: [ProblemCode: Call] = [
        .tokenMissing: { try await $0.get("/api/orders/list/") },
        .tokenInvalid: { try await $0.get("/api/orders/list/", token: $0.token + "x") },
        .tokenExpired: { shop in
            try await shop.get("/api/orders/list/", token: try await shop.token(clock: Yesterday()))
        },
        .wrongAudience: { try await $0.get("/api/orders/list/", token: try await $0.token(.seller)) },
        .accountBlocked: { shop in
            _ = try await shop.shop.database.sql("update accounts.users set status = 'blocked' where id = 2007")
            return try await shop.get("/api/orders/list/", token: shop.buyers[7].token)
        },
        .refreshInvalid: { try await $0.refresh("nonsense") },
        .refreshReused: { shop in
            let first = try await shop.register("reused@example.org").json["tokens"]?["refresh"]?.string
            let second = try await shop.refresh(try #require(first)).json["refresh"]?.string
            _ = try await shop.refresh(try #require(second))
            return try await shop.refresh(try #require(first))
        },
        .invalidCredentials: { try await $0.logIn("nobody@example.org", "wrong password") },
        .forbidden: { shop in
            #expect(try await shop.register("buyer@example.org").status == 201)
            return try await shop.logIn("buyer@example.org", "correct horse battery", audience: "seller")
        },
        .rateLimited: { shop in
            for _ in 0..<2 { _ = try await shop.logIn("often@example.org", "wrong password") }
            return try await shop.logIn("often@example.org", "wrong password")
        },
        .emailTaken: { shop in
            _ = try await shop.register("taken@example.org")
            return try await shop.register("Taken@example.org")
        },
        .weakPassword: { try await $0.register("weak@example.org", "password") },
    ]

    private static let goods: [ProblemCode: Call] = [
        .insufficientStock: { try await $0.add(41, 6) },
        .belowMinimumQuantity: { try await $0.add(42, 2) },
        .notAMultiple: { try await $0.add(42, 5) },
        .aboveMaximumQuantity: { try await $0.add(42, 12) },
        .currencyMismatch: { try await $0.add(43, 1) },
        .sellerUnavailable: { try await $0.add(44, 1) },
        .cartEmpty: { shop in
            let cleared = try await shop.post("/api/cart/clear/", "{}", token: shop.buyers[2].token)
            let version = try #require(try cleared.json["version"]?.int)
            return try await shop.order(2, LiveShop.order(cartVersion: version))
        },
        .cartChanged: { try await $0.order(3, LiveShop.order(cartVersion: 9)) },
        .priceChanged: { try await $0.order(3, LiveShop.order(total: 1)) },
        .paymentMethodUnavailable: {
            try await $0.order(3, LiveShop.order().replacing(#""razorpay""#, with: #""credit_terms""#))
        },
        .paymentProviderUnavailable: { shop in
            let order = try await shop.order(4).json["id"]?.string
            return try await shop.initiate(try #require(order), 4)
        },
        .orderNotPayable: { shop in
            let order = try #require(try await shop.order(5).json["id"]?.string)
            _ = try await shop.post("/api/orders/release/", #"{"id":"\#(order)"}"#, token: shop.buyers[5].token)
            return try await shop.initiate(order, 5)
        },
    ]

    /// Octets that no client of ours would send.
    static let wire: [ProblemCode: String] = [
        .uriTooLong: "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n",
        .headersTooLarge: "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n",
        .expectationFailed: "GET /api/health/ HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n",
        .notImplemented: "BREW /api/health/ HTTP/1.1\r\nHost: a\r\n\r\n",
        .versionNotSupported: "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    ]

    private struct Mistake: Error {}

    /// What lower layers throw.
    static let thrown: [ProblemCode: any Error] = [
        .overloaded: MailboxError.overloaded,
        .dependencyUnavailable: JournalError.unavailable,
        .outcomeUnknown: JournalError.unknownOutcome,
        .internalError: Mistake(),
    ]

    /// Requests that do not end.
    static let slow: [ProblemCode: String] = [.requestTimeout: "GET /x/ HTTP/1.1\r\nHost: a\r\n"]

    private struct Yesterday: WallClock {
        func now() -> Timestamp { SystemClock().now() + .seconds(-86_400) }
    }
}

/// A server that waits for nobody.
enum SlowServer {
    static func answer(to request: String) async throws -> TestClient.Answer {
        let group = try EventLoopGroup(count: 1)
        let result: Result<TestClient.Answer, any Error>
        do {
            var configuration = HTTPServerConfiguration(
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            configuration.timeouts.head = .milliseconds(50)
            let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let server = try await HTTPServer.start(
                on: address, loops: group.loops, router: Router([]), configuration: configuration)
            do {
                result = .success(try RawAnswers.ask(request, port: server.address.port))
            } catch {
                result = .failure(error)
            }
            await server.drain(limit: .zero)
        } catch {
            await group.shutdown()
            throw error
        }
        await group.shutdown()
        return try result.get()
    }
}
