// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing

/// Changes of a cart whose key another process works on (contract C5).
@Suite(.timeLimit(.minutes(5))) struct BusyKeyTests {
    private static let key = "a-key-of-cart-writes"

    /// What the other process does with the key before it lets go.
    enum End: CaseIterable {
        case nothing, answered, answeredAnother
    }

    /// Sends a change under a key that another transaction has, and ends that one once the change waits.
    private static func answer(
        _ shop: CartsFixture, _ body: String, after end: End
    ) async throws -> TestClient.Answer {
        let digest = IdempotencyScope.digest(
            principal: .user(shop.user), method: "POST", route: "/api/cart/add/",
            key: try IdempotencyKey(fieldValue: key))
        let fingerprint = try RequestFingerprint(contentType: "application/json", body: Array(body.utf8)).value(
            path: "/api/cart/add/", query: QueryItems())
        let asked = try await shop.pool.withTransaction { other in
            _ = try await other.execute("select pg_advisory_xact_lock($1)", digest.lockKey)
            let asked = Task { try await shop.post("add", body, key: key) }
            while shop.waits.count == 0 { _ = try await shop.pool.query("select 1") }
            // It does not wait in the cart's turn.
            let second = try await shop.add(try shop.offer(2), 5)
            #expect(second.status == 200)
            if end != .nothing {
                let request = end == .answered ? fingerprint : digest
                try await other.execute(
                    """
                    insert into platform.idempotency_keys (digest, request_hash, state, status, body, created_at, expires_at)
                    values ($1, $2, 1, 200, $3, now(), now() + interval '1 day')
                    """, digest.bytes, request.bytes, Array(#"{"made":"elsewhere"}"#.utf8))
            }
            return asked
        }
        return try await asked.value
    }

    @Test(arguments: End.allCases) func aWriteWaitsForTheOtherProcess(end: End) async throws {
        try await CartsFixture.with { shop in
            let body = #"{"variant_id":"\#(try shop.offer(1))","quantity":1}"#
            let answer = try await Self.answer(shop, body, after: end)
            let cart = try shop.lines(try await shop.get())
            switch end {
            case .nothing:
                #expect(answer.status == 200 && !answer.isReplay)
                #expect(cart.count == 2)
            case .answered:
                #expect(answer.status == 200 && answer.isReplay)
                #expect(answer.text == #"{"made":"elsewhere"}"#)
                #expect(cart.count == 1)
            case .answeredAnother:
                #expect(answer.status == 409 && answer.code == "idempotency-key-reused")
                #expect(answer.header("Retry-After") == nil)
                #expect(cart.count == 1)
            }
            #expect(shop.waits.count == 0)
        }
    }

    @Test func itWaitsAsLongAsIsDeclared() async throws {
        var limits = KeyWaits.Limits()
        limits.waiting = .milliseconds(1)
        try await CartsFixture.with(waits: limits) { shop in
            let body = #"{"variant_id":"\#(try shop.offer(1))","quantity":1}"#
            let digest = IdempotencyScope.digest(
                principal: .user(shop.user), method: "POST", route: "/api/cart/add/",
                key: try IdempotencyKey(fieldValue: Self.key))
            let refused = try await shop.pool.withTransaction { other in
                _ = try await other.execute("select pg_advisory_xact_lock($1)", digest.lockKey)
                return try await shop.post("add", body, key: Self.key)
            }
            #expect(refused.status == 409 && refused.code == "idempotency-in-progress")
            #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
            // Nothing was kept of it.
            let executed = try await shop.post("add", body, key: Self.key)
            #expect(executed.status == 200 && !executed.isReplay)
        }
    }
}
