// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Orders
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SetOrderStatusTests {
    private typealias Fixture = OrdersFixture

    @Test func saysWhatCarriersHaveNotSaid() async throws {
        try await Fixture.with { shop in
            let (order, parts) = try await shop.paidOrder()
            func set(_ status: String, by person: OrdersFixture.Buyer, key: String? = nil) async throws
                -> TestClient.Answer
            {
                let body = #"{"id":"\#(parts[0])","status":"\#(status)","reason":"proof by mail"}"#
                return try await shop.call("POST", "admin/orders/set-status/", body, by: person, key: key)
            }
            #expect(try await set("delivered", by: shop.admin).code == "illegal-transition")
            #expect(try await set("accepted", by: shop.admin).code == "validation-failed")
            try await shop.lead(parts[0], to: "packed")
            let shipped = try await shop.move(
                parts[0], "shipped", extra: #","shipment":{"carrier":"dtdc","tracking_number":"D1"}"#)
            #expect(shipped.status == 200)
            #expect(try await set("delivered", by: shop.reader).code == "forbidden")
            #expect(try await set("delivered", by: shop.loom).code == "forbidden")
            let answer = try await set("delivered", by: shop.admin, key: "set-1")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "delivered")
            #expect(try answer.json["history"]?.elements?.last?["reason"]?.string == "proof by mail")
            let elsewhere = try await [
                shop.get("detail/?id=\(order)").text, shop.get("tracking/?id=\(order)").text,
                shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom).text,
            ]
            for text in elsewhere { #expect(text.contains("delivered") && !text.contains("proof by mail"), "\(text)") }
            let admins = try await shop.call("GET", "admin/orders/detail/?id=\(order)", by: shop.reader)
            #expect(admins.text.contains("proof by mail"))
            #expect(
                try await shop.count(
                    "select count(*)::int from platform.outbox where payload::text like '%proof by mail%'")
                    == 0)
            let kept = try await shop.count(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == 259_200, "money is remembered for 72 hours")
            #expect(try await set("delivered", by: shop.admin, key: "set-1").isReplay)
            let again = try await set("delivered", by: shop.admin)
            #expect(again.body == answer.body)
            #expect(
                try await shop.count(
                    "select count(*) from platform.audit where actor_type = 'admin' and reason = 'proof by mail'") == 1)
            try await shop.expectLawful()
        }
    }

    @Test func isForAdminsWithThePermissionAtTheVersionThatTheySaw() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder()
            try await shop.lead(parts[0], to: "shipped")
            let path = "admin/orders/set-status/"
            func body(_ status: String, _ extra: String = "", id: String? = nil) -> String {
                #"{"id":"\#(id ?? parts[0])","status":"\#(status)","reason":"proof by mail"\#(extra)}"#
            }
            #expect(try await shop.call("POST", path, body("delivered"), by: nil).code == "token-missing")
            for person in [shop.asha, shop.bela, shop.loom, shop.lux, shop.idle, shop.reader] {
                #expect(try await shop.call("POST", path, body("delivered"), by: person).code == "forbidden")
            }
            for id in ["sor_x", "\(SellerOrderID(rawValue: 5))"] {
                let unknown = try await shop.call("POST", path, body("delivered", id: id), by: shop.admin)
                #expect(unknown.code == "not-found")
            }
            let stale = try await shop.call(
                "POST", path, body("delivered", #","expected_version":99"#), by: shop.admin)
            #expect(stale.status == 412 && stale.code == "version-conflict")
            let tag = try await shop.call(
                "POST", path, body("delivered"), by: shop.admin, headers: [("If-Match", "\"v99\"")])
            #expect(tag.code == "version-conflict")
            let silent = try await shop.call(
                "POST", path, #"{"id":"\#(parts[0])","status":"delivered"}"#, by: shop.admin)
            #expect(silent.code == "validation-failed")
            try await shop.expectLawful()
        }
    }

    @Test func oneKeyIsForOneStatus() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder()
            try await shop.lead(parts[0], to: "shipped")
            func set(_ status: String) async throws -> TestClient.Answer {
                let body = #"{"id":"\#(parts[0])","status":"\#(status)","reason":"told by phone"}"#
                return try await shop.call("POST", "admin/orders/set-status/", body, by: shop.admin, key: "set-0001")
            }
            let first = try await set("delivered")
            #expect(first.status == 200)
            #expect(try await set("rto").code == "idempotency-key-reused")
            let replay = try await set("delivered")
            #expect(replay.isReplay && replay.body == first.body)
            try await shop.expectLawful()
        }
    }
}
