// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import TestSupport
import Testing

/// Where a key is valid, and what a key is.
@Suite(.timeLimit(.minutes(2))) struct ScopeTests {
    @Test(arguments: [1, 2]) func case15_anotherRouteOrMethodIsAnotherKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let thing = try await shop.make()
            let other = try await shop.make(at: shop.other, "/others/")
            let put = try await shop.other.client.send("PUT", "/things/", #"{"sku":"A-1","qty":2}"#, key: SmallShop.key)
            #expect([thing, other, put].allSatisfy { $0.status == 201 && !$0.isReplay })
            #expect(try await shop.effects() == 3)
        }
    }

    @Test(arguments: [1, 2]) func case16_anotherUserIsAnotherKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let (asha, bela) = (try await shop.token(1), try await shop.token(2))
            let first = try await shop.first.client.post("/mine/", "{}", token: asha, key: "k")
            let foreign = try await shop.other.client.post("/mine/", "{}", token: bela, key: "k")
            #expect(first.status == 201 && foreign.status == 201 && !foreign.isReplay && foreign.body != first.body)
            // Not even that the key exists: with another body it is not refused either.
            let other = try await shop.other.client.post("/mine/", "[]", token: try await shop.token(3), key: "k")
            #expect(other.status == 201)
            #expect(try await shop.effects() == 3)
        }
    }

    @Test(arguments: [1, 2]) func case17_anotherClientIsAnotherKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let (one, two) = (shop.clients.issue().token, shop.clients.issue().token)
            let first = try await shop.make(key: "k", headers: [(name: "X-Cart-Token", value: one)])
            let other = try await shop.make(key: "k", at: shop.other, headers: [(name: "X-Cart-Token", value: two)])
            let again = try await shop.make(key: "k", at: shop.other, headers: [(name: "X-Cart-Token", value: one)])
            #expect(first.status == 201 && other.status == 201 && !other.isReplay)
            #expect(again.isReplay && again.body == first.body)
        }
    }

    @Test(arguments: [1, 2]) func case18_withoutAClientIdTheAddressAndAgentCount(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            func from(_ address: String, _ agent: String = "a", key: String = SmallShop.key) async throws
                -> TestClient.Answer
            {
                try await shop.make(
                    key: key, at: shop.other,
                    headers: [(name: "X-Forwarded-For", value: address), (name: "User-Agent", value: agent)])
            }
            let first = try await from("192.0.2.1")
            let same = try await from("192.0.2.1")
            let elsewhere = try await from("192.0.2.2")
            let otherAgent = try await from("192.0.2.1", "b")
            let weak = try await from("192.0.2.1", key: "1")
            #expect(first.status == 201 && same.isReplay && same.body == first.body)
            #expect(elsewhere.status == 201 && !elsewhere.isReplay)
            #expect(otherAgent.status == 201 && !otherAgent.isReplay)
            #expect(weak.status == 400 && weak.code == "idempotency-key-too-weak")
        }
    }

    @Test(arguments: [1, 2]) func case40_aKeyHas255CharactersAtMost(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let longest = try await shop.make(key: String(repeating: "k", count: 255))
            let longer = try await shop.make(key: String(repeating: "k", count: 256), at: shop.other)
            #expect(longest.status == 201)
            #expect(longer.status == 400 && longer.code == "idempotency-key-invalid")
        }
    }

    /// Fields that no client library sends.
    private func raw(_ shop: SmallShop, _ fields: String) throws -> String {
        let socket = try RawSocket(port: shop.other.port)
        try socket.send(
            "POST /things/ HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\(fields)\r\nContent-Length: 2\r\n\r\n{}")
        return try socket.receive()
    }

    @Test(arguments: [1, 2]) func case41_noOtherCharacters(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let long = "0123456789abcdef"
            for value in ["", "\(long) x", "\(long)\tx", "\(long)é", "\(long)\u{0}", "\(long)\rx"] {
                let answer = try raw(shop, "Idempotency-Key: \(value)")
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(value.debugDescription): \(answer)")
            }
            #expect(try await shop.rows() == 0)
            #expect(try await shop.effects() == 0)
        }
    }

    @Test(arguments: [1, 2]) func case42_quotedAndBareAreOneKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let bare = try await shop.make(key: SmallShop.key)
            let quoted = try await shop.make(key: "\"\(SmallShop.key)\"", at: shop.other)
            #expect(bare.status == 201 && quoted.isReplay && quoted.body == bare.body)
        }
    }

    @Test(arguments: [1, 2]) func case43_quotingIsThatOfAStructuredString(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let long = "0123456789abcdef"
            let escaped = try raw(shop, #"Idempotency-Key: "\#(long)\"b""#)
            #expect(escaped.hasPrefix("HTTP/1.1 201 "))
            for field in [
                #"Idempotency-Key: "\#(long)\x""#, #"Idempotency-Key: "\#(long)"#,
                #"Idempotency-Key: "\#(long)";p=1"#, "Idempotency-Key: \(long)\r\nIdempotency-Key: \(long)",
            ] {
                let answer = try raw(shop, field)
                #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("idempotency-key-invalid"), "\(field)")
            }
            #expect(try await shop.rows() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case44_caseMatters(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let upper = try await shop.make(key: SmallShop.key.uppercased())
            let lower = try await shop.make(key: SmallShop.key, at: shop.other)
            #expect(upper.status == 201 && lower.status == 201 && !lower.isReplay)
            #expect(try await shop.effects() == 2)
        }
    }
}
