// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ListNotificationsTests {
    private static func types(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["type"]?.string } ?? []
    }

    @Test func showsWhatWasToldInTheReadersLanguage() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            let english = try await shop.get("list/")
            #expect(english.status == 200 && english.header("Content-Language") == "en", "\(english.text)")
            #expect(try english.json["unread_count"]?.int == 1)
            let item = try #require(try english.json["data"]?.elements?.first)
            let id = "\(OrderID(rawValue: 71))"
            #expect(item["title"]?.string == "Order confirmed")
            #expect(item["body"]?.string == "Your order \(id.dropFirst(4).uppercased()) for ₹1,29,900.00 is confirmed.")
            #expect(item["link"]?.string == "/orders/\(id)" && item["data"]?["order_id"]?.string == id)
            #expect(item["data"]?["amount"]?["amount"]?.int == 12_990_000 && item["read_at"] == nil)
            let hindi = try await shop.get("list/", language: "hi-IN")
            #expect(try hindi.json["data"]?.elements?.first?["title"]?.string == "ऑर्डर की पुष्टि हुई")
            let others = try await shop.get("list/", token: shop.binu)
            #expect(try Self.types(others) == [] && others.json["unread_count"]?.int == 0)
        }
    }

    @Test func pagesAndFilters() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(3)
            try await shop.happen("order.expired", 80, 1, #"{"order_id":80,"user_id":1}"#)
            let first = try await shop.get("list/?limit=3")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("list/?limit=3&cursor=\(cursor)")
            #expect(try Self.types(first).first == "order.expired" && Self.types(second).count == 1)
            let all = try await shop.ids()
            #expect(Set(all).count == 4)
            _ = try await shop.post("mark-read", #"{"ids":["\#(all[0])"]}"#)
            let unread = try await shop.get("list/?unread_only=true")
            #expect(try Self.types(unread).count == 3 && unread.json["unread_count"]?.int == 3)
            let expired = try await shop.get("list/?type=order.expired")
            #expect(try Self.types(expired) == ["order.expired"])
            #expect(try expired.json["data"]?.elements?.first?["read_at"]?.string != nil)
            let none = try await shop.get("list/?type=order.invented")
            #expect(try Self.types(none) == [])
            for (path, code) in [
                ("list/?unread_only=1", "malformed-request"), ("list/?limit=0", "malformed-request"),
                ("list/?other=1", "unknown-parameter"), ("list/?unread_only=true&cursor=\(cursor)", "invalid-cursor"),
            ] {
                let answer = try await shop.get(path)
                #expect(answer.status == 400 && answer.code == code, "\(path)")
            }
            let foreign = try await shop.get("list/?limit=3&cursor=\(cursor)", token: shop.binu)
            #expect(foreign.code == "invalid-cursor")
        }
    }

    @Test func isForThoseWhoAreLoggedIn() async throws {
        try await NoticesFixture.with { shop in
            for path in ["list", "unread-count", "preferences"] {
                let answer = try await shop.base.send("GET", "/api/notifications/\(path)/")
                #expect(answer.status == 401 && answer.code == "token-missing")
            }
            let count = try await shop.get("unread-count/")
            #expect(count.text == #"{"unread_count":0}"#)
        }
    }
}
