// SPDX-License-Identifier: Apache-2.0
import Actors
import TestSupport
import Testing

/// What `mve_idempotency_total{outcome,level}` says: each request with a key once, by what it met and where that was found.
@Suite(.timeLimit(.minutes(2))) struct CountingTests {
    @Test("found in the transaction it is no new one", arguments: ["/things/", "/refunds/"])
    func eachRequestIsCountedOnce(path: String) async throws {
        try await SmallShop.with(3) { shop in
            let body = path == "/refunds/" ? #""line-1""# : #"{"sku":"A-1","qty":2}"#
            let first = try await shop.make(body, path)
            #expect(first.status == 201)
            let again = try await shop.make(body, path)
            #expect(again.isReplay)
            #expect(await shop.first.keys.counted == [.new: [.memory: 1], .replayed: [.memory: 1]])
            let elsewhere = try await shop.make(body, at: shop.other, path)
            #expect(elsewhere.isReplay && elsewhere.body == first.body)
            #expect(await shop.other.keys.counted == [.replayed: [.postgres: 1]])
            let wrong = path == "/refunds/" ? #""line-2""# : #"{"sku":"A-1","qty":3}"#
            for (level, server) in [(KeyLevel.memory, shop.first), (.postgres, shop.servers[1])] {
                let reused = try await shop.make(wrong, at: server, path)
                #expect(reused.code == "idempotency-key-reused")
                #expect(await server.keys.counted[.reused] == [level: 1])
            }
            // Without a key there is nothing to count.
            _ = try await shop.make(body, key: nil, at: shop.other, path)
            #expect(await shop.other.keys.counted == [.replayed: [.postgres: 1]])
        }
    }

    @Test func aKeyThatIsHeldElsewhereIsInProgress() async throws {
        try await SmallShop.with(2) { shop in
            shop.doorstep.shut()
            let running = Task { try await shop.make("{}") }
            try await shop.until { shop.doorstep.came == 1 }
            let waiting = Task { try await shop.make("{}", at: shop.other) }
            try await shop.until { try await shop.other.waiting() == 1 }
            try await shop.pass(.seconds(10))
            let refused = try await waiting.value
            #expect(refused.code == "idempotency-in-progress")
            #expect(await shop.other.keys.counted == [.inProgress: [.postgres: 1]])
            #expect(await shop.first.keys.counted == [:])
            shop.doorstep.open()
            _ = try await running.value
            #expect(await shop.first.keys.counted[.new] == [.memory: 1])
        }
    }
}
