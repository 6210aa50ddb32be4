// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CancelAnyOrderTests {
    private typealias Fixture = OrdersFixture

    @Test func cancelsAnybodysOrder() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let body = #"{"id":"\#(id)","reason_code":"fraud"}"#
            #expect(try await shop.call("POST", "admin/orders/cancel/", body, by: shop.reader).code == "forbidden")
            let answer = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "admin-cancel")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "cancelled")
            #expect(
                try answer.json["seller_orders"]?.elements?.first?["history"]?.elements?.last?["actor"]?.string
                    == "admin")
            let kept = try await shop.count(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == 259_200, "money is remembered for 72 hours")
            let replay = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "admin-cancel")
            #expect(replay.isReplay)
            #expect(try await shop.count("select sum(amount_minor)::int from refunds.refunds") == 17_700)
            #expect(
                try await shop.count(
                    "select count(*) from platform.audit where actor_type = 'admin' and action = 'seller_order.cancelled'"
                )
                    == 2)
            let unpaid = try await shop.order(shop.bela)
            let ended = try await shop.call(
                "POST", "admin/orders/cancel/", #"{"id":"\#(unpaid)","reason_code":"fraud"}"#, by: shop.admin)
            #expect(try ended.json["status"]?.string == "cancelled")
            #expect(try ended.json["history"]?.elements?.last?["actor"]?.string == "admin")
            let none = #"{"id":"ord_01jd3k5v8x9ya","reason_code":"fraud"}"#
            #expect(try await shop.call("POST", "admin/orders/cancel/", none, by: shop.admin).code == "not-found")
            try await shop.expectLawful()
        }
    }

    /// What an admin writes is for admins, whether the order was paid or not.
    @Test func whyIsShownToAdminsOnly() async throws {
        try await Fixture.with { shop in
            let paid = try await shop.paidOrder(rugs: 1, lamps: 1)
            let unpaid = try await shop.order(shop.asha)
            for id in [paid.id, unpaid] {
                let answer = try await shop.call(
                    "POST", "admin/orders/cancel/", #"{"id":"\#(id)","reason_code":"fraud","note":"A stolen card."}"#,
                    by: shop.admin)
                #expect(answer.text.contains("fraud: A stolen card."))
                let admins = try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.reader)
                #expect(admins.text.contains("fraud: A stolen card."))
                let buyers = try await shop.get("detail/?id=\(id)")
                #expect(try buyers.json["history"]?.elements?.last?["to"]?.string == "cancelled")
                #expect(!buyers.text.contains("fraud") && !buyers.text.contains("stolen"), "\(buyers.text)")
            }
            let sellers = try await shop.call("GET", "sellers/orders/detail/?id=\(paid.parts[0])", by: shop.loom)
            #expect(sellers.status == 200 && !sellers.text.contains("stolen"))
            #expect(
                try await shop.count("select count(*)::int from platform.outbox where payload::text like '%stolen%'")
                    == 0)
            #expect(
                try await shop.count("select count(*)::int from inventory.movements where reason like '%stolen%'") == 0)
        }
    }

    @Test func aReasonInWordsWillDo() async throws {
        try await Fixture.with { shop in
            for (said, kept) in [
                (#""reason":"The card was stolen.""#, "The card was stolen."),
                (#""reason_code":"fraud","reason":"A stolen card.""#, "fraud: A stolen card."),
                (#""reason_code":"fraud","note":"Seen before.""#, "fraud: Seen before."),
            ] {
                for id in [try await shop.paidOrder().id, try await shop.order(shop.bela)] {
                    let answer = try await shop.call(
                        "POST", "admin/orders/cancel/", #"{"id":"\#(id)",\#(said)}"#, by: shop.admin)
                    #expect(answer.status == 200, "\(answer.text)")
                    let order = try answer.json
                    let reasons = [order["history"], order["seller_orders"]?.elements?.first?["history"]].map {
                        $0?.elements?.last?["reason"]?.string
                    }
                    #expect(reasons.contains(kept), "\(reasons)")
                }
            }
            // A buyer has a code.
            let id = try await shop.order(shop.asha)
            let words = #"{"id":"\#(id)","reason":"Found another one."}"#
            #expect(try await shop.call("POST", "orders/cancel/", words, by: shop.asha).code == "validation-failed")
        }
    }

    @Test func comesTooLateAsForTheBuyer() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            try await shop.lead(parts[0], to: "shipped")
            let body = #"{"id":"\#(id)","reason_code":"fraud","seller_order_ids":["\#(parts[0])"]}"#
            let late = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "late-0001")
            #expect(late.status == 409 && late.code == "illegal-transition")
            #expect(try late.json["from"]?.string == "shipped")
            // A refusal is an answer like any other.
            let replay = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "late-0001")
            #expect(replay.isReplay && replay.body == late.body)
            let other = #"{"id":"\#(id)","reason_code":"fraud","seller_order_ids":["\#(parts[1])"]}"#
            let reused = try await shop.call("POST", "admin/orders/cancel/", other, by: shop.admin, key: "late-0001")
            #expect(reused.code == "idempotency-key-reused")
            #expect(try await shop.count("select count(*) from refunds.refunds") == 0)
            try await shop.expectLawful()
        }
    }

    @Test func isForAdminsWithThePermission() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder()
            let path = "admin/orders/cancel/"
            let body = #"{"id":"\#(id)","reason_code":"fraud"}"#
            #expect(try await shop.call("POST", path, body, by: nil).code == "token-missing")
            for person in [shop.asha, shop.bela, shop.loom, shop.lux, shop.idle, shop.reader] {
                #expect(try await shop.call("POST", path, body, by: person).code == "forbidden")
            }
            for (wrong, code) in [
                ("{}", "validation-failed"), (#"{"id":"\#(id)"}"#, "validation-failed"),
                (#"{"id":"ord_x","reason_code":"fraud"}"#, "not-found"),
                (#"{"id":"\#(id)","reason_code":"fraud","seller_order_ids":["sor_x"]}"#, "not-found"),
                (#"{"id":"\#(id)","reason_code":"fraud","seller_order_ids":[]}"#, "validation-failed"),
            ] {
                #expect(try await shop.call("POST", path, wrong, by: shop.admin).code == code, "\(wrong)")
            }
            #expect(try await shop.get("detail/?id=\(id)").json["status"]?.string == "confirmed")
        }
    }
}
