// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// What is given again, and what is not.
@Suite(.timeLimit(.minutes(2))) struct ReplayTests {
    @Test(arguments: [1, 2]) func case01_theSameAgainIsReplayedByteForByte(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make()
            let again = try await shop.make(at: shop.other)
            #expect(first.status == 201 && !first.isReplay)
            #expect(again.status == 201 && again.isReplay && again.body == first.body)
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case02_fiftyReplaysInAnHourHaveOneEffect(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make()
            for number in 0..<50 {
                try await shop.pass(.seconds(72))
                let again = try await shop.make(at: shop.servers[number % servers])
                try #require(again.isReplay && again.body == first.body)
            }
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case37_aDeletionIsReplayedAndNotMissed(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.first.client.send("DELETE", "/docs/1/", key: SmallShop.key)
            let again = try await shop.other.client.send("DELETE", "/docs/1/", key: SmallShop.key)
            let missing = try await shop.other.client.send("DELETE", "/docs/1/", key: SmallShop.key + "2")
            #expect(first.status == 204 && again.status == 204 && again.isReplay)
            #expect(missing.status == 404)
        }
    }

    @Test(arguments: [1, 2]) func case38_aReplacementIsReplayedAfterItsVersionMoved(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let match = [(name: "If-Match", value: "\"1\"")]
            let first = try await shop.first.client.send("PUT", "/docs/1/", "[]", key: SmallShop.key, headers: match)
            let again = try await shop.other.client.send("PUT", "/docs/1/", "[]", key: SmallShop.key, headers: match)
            #expect(first.status == 200 && again.status == 200 && again.isReplay && again.body == first.body)
            #expect(again.header("ETag") == "\"2\"")
            let late = try await shop.other.client.send(
                "PUT", "/docs/1/", "[]", key: "another-key-0123456", headers: match)
            #expect(late.status == 412)
            // Another version is another request.
            let other = [(name: "If-Match", value: "\"2\"")]
            let moved = try await shop.other.client.send("PUT", "/docs/1/", "[]", key: SmallShop.key, headers: other)
            #expect(moved.code == "idempotency-key-reused")
        }
    }

    @Test(arguments: [1, 2]) func case39_aPatchIsReplayedOverAnotherWrite(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.first.client.send("PATCH", "/docs/1/", #"{"a":"mine"}"#, key: SmallShop.key)
            let between = try await shop.other.client.send("PATCH", "/docs/1/", #"{"a":"theirs"}"#)
            let again = try await shop.other.client.send("PATCH", "/docs/1/", #"{"a":"mine"}"#, key: SmallShop.key)
            #expect(first.status == 200 && between.status == 200)
            #expect(again.isReplay && again.body == first.body)
            let row = try await shop.database.sql("select a, version from small.docs where id = '1';")
            #expect(row.trimmed == "theirs|3")
        }
    }

    @Test(arguments: [1, 2]) func case45_aKeyOnGetIsIgnored(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for server in [shop.first, shop.other] {
                let answer = try await server.client.send("GET", "/things/", key: "no \"key\" at all")
                #expect(answer.status == 200 && !answer.isReplay)
            }
            #expect(try await shop.rows() == 0)
        }
    }

    /// The first answer is the endpoint's own; a repetition has what is stored of it.
    @Test(arguments: [1, 2]) func case51_cookiesAreRepeatedForLogInsAlone(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make()
            #expect(first.header("Set-Cookie") == "seen=1" && first.header("Retry-After") == "7")
            let again = try await shop.make(at: shop.other)
            #expect(again.isReplay && again.header("Set-Cookie") == nil && again.header("Retry-After") == nil)
            #expect(
                again.header("Location") == first.header("Location") && again.header("ETag") == first.header("ETag"))

            let logIn = try await shop.make("{}", "/log-in/")
            let repeated = try await shop.make("{}", at: shop.other, "/log-in/")
            #expect(logIn.header("Set-Cookie") == "session=2" && logIn.text.contains("secret-2"))
            #expect(repeated.isReplay && repeated.body == logIn.body && repeated.header("Set-Cookie") == "session=2")
            // What is kept of it cannot be read, and a minute later there is nothing.
            let stored = "encode(body, 'escape') || encode(headers, 'escape')"
            #expect(try await shop.rows("\(stored) like '%secret-2%' or \(stored) like '%session=2%'") == 0)
            try await shop.pass(.seconds(60))
            let late = try await shop.make("{}", at: shop.other, "/log-in/")
            #expect(late.status == 200 && !late.isReplay && late.text.contains("secret-3"))
        }
    }

    @Test(arguments: [1, 2]) func ignoredFieldsAreReplayed(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make(#"{"qty":1,"color":"red"}"#, "/read/")
            let again = try await shop.make(#"{"qty":1,"color":"red"}"#, at: shop.other, "/read/")
            #expect(first.status == 201 && first.header("X-Ignored-Fields") == "/color")
            #expect(again.isReplay && again.header("X-Ignored-Fields") == "/color")
            #expect(again.headers.count { $0.name.lowercased() == "x-ignored-fields" } == 1)
        }
    }

    @Test(arguments: [1, 2]) func case49_aBodyCutShortLeavesTheKeyUnused(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let head =
                "POST /things/ HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nUser-Agent: mve-tests\r\n"
            do {
                let socket = try RawSocket(port: shop.first.port)
                try socket.send(
                    head + "Idempotency-Key: \(SmallShop.key)\r\nContent-Length: 24\r\n\r\n{\"sku\":\"A-1\"")
            }
            let whole = try await shop.make(at: shop.other)
            #expect(whole.status == 201 && !whole.isReplay)
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case50_aBodyOverTheLimitLeavesTheKeyFree(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let large = try await shop.make(String(repeating: "x", count: 65), "/small/")
            #expect(large.status == 413)
            #expect(try await shop.rows() == 0)
            let small = try await shop.make(String(repeating: "1", count: 64), at: shop.other, "/small/")
            #expect(small.status == 201 && !small.isReplay)
        }
    }

    @Test(arguments: [1, 2]) func case57_theWorkOfAClientThatLeftIsCompleted(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            shop.doorstep.shut()
            var socket: RawSocket? = try RawSocket(port: shop.first.port)
            try socket?.send(
                "POST /things/ HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nUser-Agent: mve-tests\r\n"
                    + "Idempotency-Key: \(SmallShop.key)\r\nContent-Length: 21\r\n\r\n{\"sku\":\"A-1\",\"qty\":2}")
            try await shop.until { shop.doorstep.came == 1 }
            try #require(socket != nil)
            socket = nil
            shop.doorstep.open()
            try await shop.until { try await shop.rows("state = 1") == 1 }
            let again = try await shop.make(at: shop.other)
            #expect(again.status == 201 && again.isReplay)
            #expect(try await shop.effects() == 1)
        }
    }
}
