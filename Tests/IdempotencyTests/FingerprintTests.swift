// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// Which requests are the same.
@Suite(.timeLimit(.minutes(2))) struct FingerprintTests {
    /// Two bodies under one key, and whether the second is a repetition of the first.
    struct Pair: Sendable {
        let name: String
        let first: String
        let second: String
        var types = ("application/json", "application/json")
        var paths = ("/things/", "/things/")
        var isSame = false
    }

    static let pairs = [
        Pair(
            name: "case03: members in another order, other white space", first: #"{"sku":"A-1","qty":2}"#,
            second: "{ \"qty\": 2,\n\"sku\" : \"A-1\" }", isSame: true),
        Pair(name: "case05: 1 and 1.0", first: #"{"qty":1}"#, second: #"{"qty":1.0}"#),
        Pair(
            name: "case06: numbers beyond a double", first: #"{"qty":9007199254740993}"#,
            second: #"{"qty":9007199254740992}"#),
        Pair(
            name: "case07: an escape and the character", first: #"{"sku":"\u20b9"}"#,
            second: #"{"sku":"₹"}"#,
            isSame: true),
        Pair(
            name: "case08: NFC and NFD", first: "{\"sku\":\"\u{E9}\"}", second: "{\"sku\":\"e\u{301}\"}"),
        Pair(name: "case09: nothing and {}", first: "", second: "{}"),
        Pair(
            name: "case11: charset in the media type", first: "{}", second: "{}",
            types: ("application/json", "application/json; charset=UTF-8"), isSame: true),
        Pair(
            name: "case12: JSON and another media type", first: "{}", second: "{}",
            types: ("application/json", "text/plain")),
        Pair(
            name: "case12: JSON and a form of equal fields", first: #"{"qty":"2"}"#, second: "qty=2",
            types: ("application/json", "application/x-www-form-urlencoded")),
        Pair(
            name: "case13: the query in another order", first: "{}", second: "{}",
            paths: ("/things/?a=1&b=2", "/things/?b=2&a=1"), isSame: true),
        Pair(
            name: "case13: another value in the query", first: "{}", second: "{}",
            paths: ("/things/?a=1&b=2", "/things/?a=1&b=3")),
        Pair(
            name: "case14: another thing of the same route", first: "{}", second: "{}",
            paths: ("/things/1/cancel/", "/things/2/cancel/")),
    ]

    @Test(arguments: [1, 2]) func cases03to14_whatMeansTheSameIsTheSame(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for (number, pair) in Self.pairs.enumerated() {
                let key = "key-of-pair-number-\(number)"
                let first = try await shop.make(
                    pair.first, key: key, pair.paths.0, headers: [(name: "Content-Type", value: pair.types.0)])
                let second = try await shop.make(
                    pair.second, key: key, at: shop.other, pair.paths.1,
                    headers: [(name: "Content-Type", value: pair.types.1)])
                #expect(first.status == 201, "\(pair.name): \(first.text)")
                if pair.isSame {
                    #expect(second.isReplay && second.body == first.body, "\(pair.name)")
                } else {
                    #expect(second.status == 409 && second.code == "idempotency-key-reused", "\(pair.name)")
                    #expect(second.header("Retry-After") == nil, "\(pair.name)")
                }
            }
            #expect(try await shop.effects() == Self.pairs.count)
        }
    }

    @Test(arguments: [1, 2]) func case04_anotherValueIsRefusedAndTheFirstStays(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make()
            let changed = try await shop.make(#"{"sku":"A-1","qty":3}"#, at: shop.other)
            let again = try await shop.make(at: shop.other)
            #expect(changed.code == "idempotency-key-reused")
            #expect(again.isReplay && again.body == first.body)
        }
    }

    @Test(arguments: [1, 2]) func case10_aDuplicateMemberLeavesTheKeyUnused(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let wrong = try await shop.make(#"{"qty":1,"qty":2}"#)
            #expect(wrong.status == 400 && wrong.code == "malformed-json")
            #expect(try await shop.rows() == 0)
            let right = try await shop.make(#"{"qty":2}"#, at: shop.other)
            #expect(right.status == 201 && !right.isReplay)
        }
    }
}
