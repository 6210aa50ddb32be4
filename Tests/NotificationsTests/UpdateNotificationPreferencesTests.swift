// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UpdateNotificationPreferencesTests {
    private static func put(
        _ shop: NoticesFixture, _ body: String, token: String? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await shop.base.send("PUT", "/api/notifications/preferences/", body, token: token ?? shop.asha, key: key)
    }

    @Test func saysAnewWhatIsWanted() async throws {
        try await NoticesFixture.with { shop in
            let before = try await shop.get("preferences/")
            #expect(try before.json["preferences"]?.members?.count == NotificationKind.allCases.count)
            #expect(try before.json["preferences"]?["order"]?["email"]?.bool == true)
            let body = #"{"preferences":{"order":{"email":false},"stock":{"in_app":false,"email":true}}}"#
            let changed = try await Self.put(shop, body, key: "prefs-1")
            #expect(changed.status == 200, "\(changed.text)")
            let after = try await shop.get("preferences/")
            #expect(after.text == changed.text)
            #expect(try after.json["preferences"]?["order"]?["email"]?.bool == false)
            #expect(try after.json["preferences"]?["order"]?["in_app"]?.bool == true)
            #expect(try after.json["preferences"]?["stock"]?["in_app"]?.bool == false)
            // All at once: what is left out is wanted again.
            let back = try await Self.put(shop, #"{"preferences":{}}"#)
            #expect(back.text == before.text)
            let replayed = try await Self.put(shop, body, key: "prefs-1")
            #expect(replayed.header("Idempotent-Replayed") == "true")
            let still = try await shop.get("preferences/")
            #expect(still.text == before.text)
            let others = try await shop.get("preferences/", token: shop.binu)
            #expect(others.text == before.text)
        }
    }

    @Test(arguments: [
        "{}", #"{"preferences":[]}"#, #"{"preferences":{"security":{"email":false}}}"#,
        #"{"preferences":{"order":{"email":1}}}"#, #"{"preferences":{"order":{"sms":true}}}"#,
    ]) func refusesWhatCannotBeChosen(body: String) async throws {
        try await NoticesFixture.with { shop in
            let answer = try await Self.put(shop, body)
            #expect(answer.status == 422 && answer.code == "validation-failed")
            let stranger = try await shop.base.send("PUT", "/api/notifications/preferences/", body)
            #expect(stranger.status == 401)
        }
    }
}
