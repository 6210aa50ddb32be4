// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `GET /api/admin/disputes/`.
@Suite(.timeLimit(.minutes(2)))
struct ListDisputesTests {
    private static func list(_ shop: PaymentsFixture, _ query: String = "", user: Int64? = 9003) async throws
        -> PaymentsFixture.Answer
    {
        try await shop.call("GET", "/api/admin/disputes/\(query)", user: user)
    }

    @Test func pagesByStatusNewestFirst() async throws {
        try await PaymentsFixture.with { shop in
            try await DisputeEventTests.paidOrder(shop)
            for number in 1...5 {
                let status = number == 3 ? "won" : "open"
                let answer = try await shop.deliver(
                    DisputeEventTests.event("created", DisputeEventTests.dispute(status, id: "disp_\(number)")),
                    event: "evt_\(number)")
                #expect(answer.status == 200)
            }
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await Self.list(shop, "?limit=2\(cursor)")
                #expect(page.status == 200)
                let json = try page.json
                seen += (json["data"]?.elements ?? []).compactMap { $0["provider_dispute_id"]?.string }
                cursor = json["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen == ["disp_5", "disp_4", "disp_3", "disp_2", "disp_1"])
            let won = try await Self.list(shop, "?status=won,lost")
            let first = try #require(try won.json["data"]?.elements?.first)
            #expect(try won.json["data"]?.elements?.count == 1)
            #expect(first["provider_dispute_id"]?.string == "disp_3")
            #expect(first["respond_by"]?.string == "2026-09-21T14:13:20.000Z")
            #expect(first["amount"]?["amount"]?.int == 2000)
            #expect(first["ended_at"]?.string != nil)
        }
    }

    @Test func whatIsWrongAndWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            let allowed = try await Self.list(shop)
            #expect(allowed.status == 200)
            #expect(try await Self.list(shop, user: nil).code == "token-missing")
            #expect(try await Self.list(shop, user: 7).code == "forbidden")
            #expect(try await Self.list(shop, user: 9004).code == "forbidden")
            #expect(try await Self.list(shop, "?status=odd").code == "validation-failed")
            #expect(try await Self.list(shop, "?cursor=odd").code == "invalid-cursor")
            #expect(try await Self.list(shop, "?limit=0").code == "malformed-request")
            #expect(try await Self.list(shop, "?odd=1").code == "unknown-parameter")
        }
    }
}
