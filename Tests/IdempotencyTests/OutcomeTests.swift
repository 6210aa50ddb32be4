// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization
import TestSupport
import Testing

/// Which answers are kept, and which leave the key free and nothing behind.
@Suite(.timeLimit(.minutes(2))) struct OutcomeTests {
    private static func plan(_ plan: String) -> [(name: String, value: String)] { [(name: "X-Plan", value: plan)] }

    @Test(arguments: [1, 2]) func case24_aFailureLeavesNoEffectAndTheKeyFree(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for (number, plan) in ["throw:500", "throw:503", "return:500", "return:503", "mishap"].enumerated() {
                let key = "key-of-plan-number-\(number)"
                let failed = try await shop.make("{}", key: key, "/planned/", headers: Self.plan(plan))
                #expect(failed.status >= 500, "\(plan)")
                let (effects, rows) = (try await shop.effects(), try await shop.rows())
                #expect(effects == number && rows == number, "\(plan)")
                let again = try await shop.make("{}", key: key, at: shop.other, "/planned/")
                #expect(again.status == 201 && !again.isReplay, "\(plan)")
                let executed = try await shop.effects()
                #expect(executed == number + 1, "\(plan)")
            }
        }
    }

    /// Without a key a failure that is returned undoes its effect too.
    @Test func aReturnedFailureWithoutAKeyLeavesNoEffect() async throws {
        try await SmallShop.with(1) { shop in
            let failed = try await shop.make("{}", key: nil, "/planned/", headers: Self.plan("return:500"))
            #expect(failed.status == 500)
            #expect(try await shop.effects() == 0)
        }
    }

    @Test(arguments: [1, 2]) func case25_aThrottledRequestUsesNoKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for (number, plan) in ["throttle", "throw:429", "return:429"].enumerated() {
                let key = "key-of-plan-number-\(number)"
                let throttled = try await shop.make("{}", key: key, "/planned/", headers: Self.plan(plan))
                let rows = try await shop.rows()
                #expect(throttled.status == 429 && rows == number, "\(plan)")
                let again = try await shop.make("{}", key: key, at: shop.other, "/planned/")
                #expect(again.status == 201 && !again.isReplay, "\(plan)")
            }
        }
    }

    @Test(arguments: [1, 2]) func case26_aRefusalIsReplayedWithoutItsEffect(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let refused = try await shop.make("{}", "/planned/", headers: Self.plan("throw:422"))
            let again = try await shop.make("{}", at: shop.other, "/planned/")
            #expect(refused.status == 422 && !refused.isReplay)
            #expect(again.status == 422 && again.isReplay && again.body == refused.body)
            #expect(again.header("Content-Type") == "application/problem+json")
            #expect(try await shop.effects() == 0)
        }
    }

    /// What is kept is an answer, not a fact: it is told again as it was told, whoever asks in whatever language.
    @Test(arguments: [1, 2]) func aRefusalIsReplayedInItsLanguage(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            func ask(_ language: String, at server: SmallServer? = nil, plan: String) async throws -> TestClient.Answer
            {
                try await shop.make(
                    "{}", at: server, "/planned/",
                    headers: Self.plan(plan) + [(name: "Accept-Language", value: language)])
            }
            let refused = try await ask("hi-IN, en;q=0.1", plan: "throw:422")
            #expect(refused.status == 422 && !refused.isReplay)
            #expect(refused.header("Content-Language") == "hi")
            let again = try await ask("en", at: shop.other, plan: "throw:422")
            #expect(again.isReplay && again.body == refused.body)
            #expect(again.header("Content-Language") == "hi")
        }
    }

    @Test(arguments: [1, 2]) func case27_aCorrectedBodyNeedsAnotherKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let wrong = try await shop.make(#"{"qty":0}"#, "/read/")
            let corrected = try await shop.make(#"{"qty":1}"#, at: shop.other, "/read/")
            #expect(wrong.status == 422)
            #expect(corrected.status == 409 && corrected.code == "idempotency-key-reused")
        }
    }

    @Test(arguments: [1, 2]) func case28_soldOutStaysSoldOutUnderItsKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let soldOut = try await shop.make("{}", "/stock/")
            _ = try await shop.database.sql("update small.stock set units = 1;")
            let again = try await shop.make("{}", at: shop.other, "/stock/")
            let fresh = try await shop.make("{}", key: SmallShop.key + "2", at: shop.other, "/stock/")
            #expect(soldOut.status == 409 && soldOut.code == "insufficient-stock")
            #expect(again.isReplay && again.body == soldOut.body && again.code == "insufficient-stock")
            #expect(fresh.status == 201 && !fresh.isReplay)
        }
    }

    @Test(arguments: [1, 2]) func case29_anExpiredTokenUsesNoKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let old = try await shop.token(1)
            try await shop.pass(.seconds(3600))
            let expired = try await shop.first.client.post("/mine/", "{}", token: old, key: "k")
            #expect(expired.status == 401 && expired.code == "token-expired")
            #expect(try await shop.rows() == 0)
            let renewed = try await shop.other.client.post("/mine/", "{}", token: try await shop.token(1), key: "k")
            #expect(renewed.status == 201 && !renewed.isReplay)
        }
    }

    @Test(arguments: [1, 2]) func case30_aNewTokenOfTheSameUserReplays(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.first.client.post("/mine/", "{}", token: try await shop.token(1), key: "k")
            try await shop.pass(.seconds(60))
            let again = try await shop.other.client.post("/mine/", "{}", token: try await shop.token(1), key: "k")
            #expect(first.status == 201 && again.isReplay && again.body == first.body)
        }
    }

    @Test(arguments: [1, 2]) func case31_aBlockedUserGetsNoReplay(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let token = try await shop.token(1)
            let first = try await shop.first.client.post("/mine/", "{}", token: token, key: "k")
            _ = shop.blocked.users.withLock { $0.insert(UserID(rawValue: 1)) }
            // What is remembered of an account is a second old at most.
            try await shop.pass(.seconds(2))
            let refused = try await shop.other.client.post("/mine/", "{}", token: token, key: "k")
            #expect(first.status == 201)
            #expect(refused.status == 403 && refused.code == "account-blocked" && !refused.isReplay)
        }
    }

    @Test(arguments: [1, 2]) func case56_aStreamTakesNoKey(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for method in ["GET", "POST"] {
                let refused = try await shop.other.client.send(method, "/stream/", key: SmallShop.key)
                #expect(refused.status == 400 && refused.code == "idempotency-unsupported")
                let streamed = try await shop.other.client.send(method, "/stream/")
                #expect(streamed.status == 200)
            }
            #expect(try await shop.rows() == 0)
        }
    }
}
