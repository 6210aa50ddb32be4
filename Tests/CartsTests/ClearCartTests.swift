// SPDX-License-Identifier: Apache-2.0
import HTTP
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClearCartTests {
    @Test func takesEverythingOut() async throws {
        try await CartsFixture.with { shop in
            _ = try await shop.add(try shop.offer(1), 1)
            _ = try await shop.add(try shop.offer(2), 1)
            let cleared = try await shop.post("clear", "{}")
            #expect(cleared.status == 200)
            #expect(try shop.lines(cleared) == [])
            #expect(try cleared.json["totals"]?["grand_total"]?["amount"]?.int64 == 0)
            #expect(try shop.version(cleared) == 4)
            #expect(try await shop.pool.query("select count(*) from carts.cart_lines").only().int(0) == 0)
        }
    }

    @Test func anEmptyCartStaysAsItIs() async throws {
        try await CartsFixture.with { shop in
            let first = try await shop.post("clear", "{}")
            #expect(try shop.version(first) == 1)
            let second = try await shop.post("clear", "")
            #expect(try shop.version(second) == 1)
        }
    }

    @Test func expectsTheVersionThatWasSeen() async throws {
        try await CartsFixture.with { shop in
            _ = try await shop.add(try shop.offer(1), 1)
            let late = try await shop.post("clear", #"{"expected_version":1}"#)
            #expect(late.status == 412)
            #expect(try late.json["version"]?.int == 2)
            #expect(try await shop.post("clear", #"{"expected_version":2}"#).status == 200)
        }
    }

    @Test func oneKeyClearsOnce() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let first = try await shop.post("clear", "{}", key: "k")
            _ = try await shop.add(rug, 1)
            let again = try await shop.post("clear", "{}", key: "k")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.post("clear", #"{"expected_version":3}"#, key: "k")
            #expect(other.code == "idempotency-key-reused")
            let now = try await shop.get()
            #expect(try shop.lines(now).count == 1)
            let wrong = try await shop.post("clear", #"{"expected_version":"two"}"#)
            #expect(wrong.code == "validation-failed")
        }
    }
}
