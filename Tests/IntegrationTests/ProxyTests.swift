// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// Whose idempotency key it is when many clients come through one address.
@Suite(.timeLimit(.minutes(10))) struct ProxyTests {
    /// Adds to the cart of nobody in particular, under one key, as if forwarded for an address.
    private func add(_ client: TestClient, forwardedFor address: String) async throws -> TestClient.Answer {
        try await client.post(
            "/api/cart/add/", #"{"variant_id":"\#(Fixture.variant)","quantity":1}"#, key: "a-key-of-sixteen-or-more",
            headers: [("X-Forwarded-For", address)])
    }

    @Test func believesItsOwnProxiesOnly() async throws {
        try await LiveShop.with(environment: ["TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8"]) { shop in
            let first = try await add(shop.client, forwardedFor: "203.0.113.1")
            let other = try await add(shop.client, forwardedFor: "203.0.113.2, 10.9.9.9")
            let again = try await add(shop.client, forwardedFor: "1.1.1.1, 203.0.113.1")
            #expect([first, other, again].map(\.status) == [200, 200, 200])
            #expect([first, other, again].map(\.isReplay) == [false, false, true])
            #expect(again.body == first.body)
        }
        try await LiveShop.with { shop in
            let first = try await add(shop.client, forwardedFor: "203.0.113.1")
            let other = try await add(shop.client, forwardedFor: "203.0.113.2")
            #expect([first, other].map(\.isReplay) == [false, true])
        }
    }
}
