// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

@testable import Refunds

@Suite(.timeLimit(.minutes(5))) struct ReadRefundsTests {
    /// Three refunds of order 7, one of order 8.
    private func some(_ shop: RefundsFixture) async throws -> [String] {
        try await shop.buy(7)
        try await shop.buy(8)
        var ids: [String] = []
        for order in [Int64(7), 7, 7, 8] {
            let answer = try await shop.refund(
                order, #","lines":[\#(RefundsFixture.line(order, 1, quantity: 1))],"note":"Internal.""#)
            ids.append(try #require(try answer.json["id"]?.string))
        }
        return ids
    }

    private static func ids(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func buyersSeeTheirOwnPageByPage() async throws {
        try await RefundsFixture.with { shop in
            let ids = try await some(shop)
            let first = try await shop.get("/api/refunds/list/?limit=2", as: 7)
            #expect(try Self.ids(first) == [ids[2], ids[1]])
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("/api/refunds/list/?limit=2&cursor=\(cursor)", as: 7)
            #expect(try Self.ids(second) == [ids[0]])
            #expect(try second.json["page"]?["has_more"]?.bool == false)
            #expect(!first.text.contains("Internal."), "notes are for admins")
            let other = try await shop.get("/api/refunds/list/?status=processed&cursor=\(cursor)", as: 7)
            #expect(other.status == 400 && other.code == "invalid-cursor")
            #expect(try Self.ids(try await shop.get("/api/refunds/list/?status=processed", as: 7)).isEmpty)
            let eight = try await shop.get("/api/refunds/list/?order_id=\(OrderID(rawValue: 8))", as: 7)
            #expect(try Self.ids(eight).isEmpty)
            #expect(try await shop.get("/api/refunds/list/?status=gone", as: 7).code == "validation-failed")
            #expect(try await shop.get("/api/refunds/list/?created_from=today", as: 7).code == "validation-failed")
            let late = "created_from=2999-01-01T00:00:00Z"
            let past = "created_to=2999-01-01T00:00:00Z&created_from=2000-01-01T00:00:00Z"
            #expect(try Self.ids(try await shop.get("/api/refunds/list/?\(late)", as: 7)).isEmpty)
            #expect(try Self.ids(try await shop.get("/api/refunds/list/?\(past)", as: 7)) == [ids[2], ids[1], ids[0]])
            let foreign = try await shop.get("/api/refunds/list/?\(late)&cursor=\(cursor)", as: 7)
            #expect(foreign.code == "invalid-cursor")
            #expect(try await shop.get("/api/refunds/list/?order_id=x", as: 7).code == "not-found")
        }
    }

    @Test func aForeignOneIsNotFound() async throws {
        try await RefundsFixture.with { shop in
            let ids = try await some(shop)
            let own = try await shop.get("/api/refunds/detail/?id=\(ids[0])", as: 7)
            #expect(own.status == 200)
            #expect(try own.json["amount"]?["amount"]?.int == 1_000)
            #expect(try own.json["history"] == nil)
            #expect(try await shop.get("/api/refunds/detail/?id=\(ids[3])", as: 7).code == "not-found")
            #expect(try await shop.get("/api/refunds/detail/?id=ref_x", as: 7).code == "not-found")
            #expect(try await shop.get("/api/refunds/detail/", as: 7).code == "validation-failed")
            #expect(try await shop.base.send("GET", "/api/refunds/detail/?id=\(ids[0])").code == "token-missing")
            #expect(try await shop.base.send("GET", "/api/refunds/list/").code == "token-missing")
        }
    }

    @Test func adminsSeeAllWithTheirHistory() async throws {
        try await RefundsFixture.with { shop in
            let ids = try await some(shop)
            let admin = RefundsFixture.admin
            #expect(try Self.ids(try await shop.get("/api/admin/refunds/list/", as: admin)) == ids.reversed())
            let oldest = try await shop.get("/api/admin/refunds/list/?sort=created_at&limit=1", as: admin)
            #expect(try Self.ids(oldest) == [ids[0]])
            let onward = try #require(try oldest.json["page"]?["next_cursor"]?.string)
            let rest = try await shop.get("/api/admin/refunds/list/?sort=created_at&cursor=\(onward)", as: admin)
            #expect(try Self.ids(rest) == Array(ids[1...]))
            let path =
                "/api/admin/refunds/list/?customer_id=\(UserID(rawValue: 8))&status=approved,failed&reason_code=damaged"
            #expect(try Self.ids(try await shop.get(path, as: admin)) == [ids[3]])
            let payment = "/api/admin/refunds/list/?payment_id=\(PaymentID(rawValue: 8))"
            #expect(try Self.ids(try await shop.get(payment, as: admin)) == [ids[3]])
            let detail = try await shop.get("/api/admin/refunds/detail/?id=\(ids[0])", as: admin)
            #expect(try detail.json["note"]?.string == "Internal.")
            let step = try detail.json["history"]?.elements?.first
            #expect(step?["to"]?.string == "approved" && step?["actor"]?.string == "user:9001")
            #expect(try await shop.get("/api/admin/refunds/list/", as: 7).code == "forbidden")
            #expect(try await shop.get("/api/admin/refunds/detail/?id=\(ids[0])", as: 7).code == "forbidden")
            #expect(
                try await shop.get("/api/admin/refunds/detail/?id=\(RefundID(rawValue: 5))", as: admin).code
                    == "not-found")
            #expect(try await shop.get("/api/admin/refunds/list/?customer_id=x", as: admin).code == "not-found")
        }
    }
}
