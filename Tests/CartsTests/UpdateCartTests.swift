// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UpdateCartTests {
    /// A cart with two of each of two things; the ids of its lines.
    private func fill(_ shop: CartsFixture) async throws -> [String] {
        let (rug, lamp) = (try shop.offer(1, available: 10), try shop.offer(2))
        let cart = try await shop.post(
            "add", #"{"lines":[{"variant_id":"\#(rug)","quantity":2},{"variant_id":"\#(lamp)","quantity":2}]}"#)
        return try shop.lineIDs(cart)
    }

    private func set(_ shop: CartsFixture, _ lines: [(id: String, quantity: Int)]) async throws -> TestClient.Answer {
        let items = lines.map { #"{"line_id":"\#($0.id)","quantity":\#($0.quantity)}"# }
        return try await shop.post("update", #"{"lines":[\#(items.joined(separator: ","))]}"#)
    }

    @Test func setsQuantitiesAndRemovesAtZero() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            let answer = try await set(shop, [(ids[0], 0), (ids[1], 7)])
            #expect(answer.status == 200)
            #expect(try shop.lineIDs(answer) == [ids[1]])
            #expect(try shop.lines(answer) == ["\(VariantID(rawValue: 2)) × 7"])
            #expect(try shop.version(answer) == 3)
            // The same again changes nothing, not even the version.
            let same = try await set(shop, [(ids[1], 7)])
            #expect(try shop.version(same) == 3)
        }
    }

    /// Coupons and ways of delivery are not there yet: whoever names them is told that nobody read them.
    @Test func saysWhatItIgnores() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            let answer = try await shop.post(
                "update",
                #"""
                {"lines":[{"line_id":"\#(ids[0])","quantity":3}],"coupon_codes":["X"],"shipping_selections":[]}
                """#)
            #expect(answer.status == 200)
            let ignored = answer.header("X-Ignored-Fields")?.split(separator: ",").map { $0.filter { $0 != " " } }
            #expect(ignored?.sorted() == ["/coupon_codes", "/shipping_selections"])
        }
    }

    @Test func allOrNothing() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            let unknown = try await set(shop, [(ids[1], 5), ("\(CartLineID(rawValue: 5))", 1)])
            #expect(unknown.status == 404)
            #expect(try await set(shop, [(ids[1], 5), ("nonsense", 1)]).status == 404)
            let short = try await set(shop, [(ids[1], 5), (ids[0], 11)])
            #expect(short.code == "insufficient-stock")
            #expect(try short.json["errors"]?.elements?.first?["pointer"]?.string == "/lines/1")
            let now = try await shop.get()
            #expect(try shop.version(now) == 2)
            #expect(try await set(shop, [(ids[1], 5), (ids[0], 10)]).status == 200)
        }
    }

    @Test("quantities on both sides of the bounds", arguments: [(-1, 422), (0, 200), (9_999, 200), (10_000, 422)])
    func bounds(quantity: Int, status: Int) async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            #expect(try await set(shop, [(ids[1], quantity)]).status == status)
        }
    }

    @Test func asksForOneToTwoHundredLines() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            #expect(try await set(shop, []).code == "validation-failed")
            let many = Array(repeating: (id: ids[1], quantity: 3), count: 200)
            #expect(try await set(shop, many).status == 200)
            #expect(try await set(shop, many + [(ids[1], 3)]).code == "validation-failed")
        }
    }

    @Test func expectsTheVersionThatWasSeen() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            let late = try await shop.post(
                "update", #"{"expected_version":1,"lines":[{"line_id":"\#(ids[0])","quantity":1}]}"#)
            #expect(late.status == 412)
            let now = try await shop.post(
                "update", #"{"expected_version":2,"lines":[{"line_id":"\#(ids[0])","quantity":1}]}"#)
            #expect(now.status == 200)
        }
    }

    /// What may be bought has changed since it was put in.
    @Test func refusesWhatTheSellerDoesNotSellSo() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            try shop.offer(2, minimum: 4, maximum: 8, step: 4)
            for (quantity, code) in [
                (3, "below-minimum-quantity"), (6, "not-a-multiple"), (12, "above-maximum-quantity"),
            ] {
                let refused = try await set(shop, [(ids[1], quantity)])
                #expect(refused.status == 422 && refused.code == code, "\(quantity): \(refused.text)")
            }
            try shop.offer(2, isSellable: false)
            let gone = try await set(shop, [(ids[1], 4)])
            #expect(gone.status == 409 && gone.code == "seller-unavailable", "\(gone.text)")
            let now = try await shop.get()
            #expect(try shop.version(now) == 2)
        }
    }

    @Test func oneKeyChangesOnce() async throws {
        try await CartsFixture.with { shop in
            let ids = try await fill(shop)
            let body = #"{"lines":[{"line_id":"\#(ids[1])","quantity":7}]}"#
            let first = try await shop.post("update", body, key: "k")
            _ = try await set(shop, [(ids[1], 1)])
            let again = try await shop.post("update", body, key: "k")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.post(
                "update", #"{"lines":[{"line_id":"\#(ids[1])","quantity":8}]}"#, key: "k")
            #expect(other.code == "idempotency-key-reused")
            let now = try await shop.get()
            #expect(try shop.lines(now).last?.hasSuffix(" × 1") == true)
        }
    }
}
