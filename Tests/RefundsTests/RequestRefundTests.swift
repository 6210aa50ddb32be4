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

@Suite(.timeLimit(.minutes(5))) struct RequestRefundTests {
    @Test func givesBackWhatRemainsOfASellersPart() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let answer = try await shop.ask(
                #"{"seller_order_id":"\#(SellerOrderID(rawValue: 7001))","reason_code":"damaged","note":"Seen."}"#)
            #expect(answer.status == 201, "\(answer.text)")
            let json = try answer.json
            #expect(json["status"]?.string == "approved" && json["amount"]?["amount"]?.int == 3_000)
            #expect(json["order_id"]?.string == "\(OrderID(rawValue: 7))")
            #expect(json["seller_order_id"]?.string == "\(SellerOrderID(rawValue: 7001))")
            #expect(json["funded_by"]?.string == "seller" && json["speed"]?.string == "normal")
            #expect(json["note"]?.string == "Seen." && json["requested_by"]?.string == "\(UserID(rawValue: 9001))")
            let line = json["lines"]?.elements?.first
            #expect(line?["quantity"]?.int == 3 && line?["amount"]?["amount"]?.int == 3_000)
            let written = try await shop.sql(
                """
                select (select string_agg(kind, ',') from ledger.entries where kind like 'refund%')
                    || ' ' || (select string_agg(action || ' ' || actor_id, ',') from platform.audit)
                    || ' ' || (select string_agg(type || seq, ',') from platform.outbox where aggregate_type = 'refund')
                    || ' ' || (select count(*) from platform.jobs where kind = 'refund.submit' and state = 'ready');
                """)
            #expect(written == "refund_approved refund.approved 9001 refund.approved1 1")
        }
    }

    @Test func splitsLinesShippingAndGoodwill() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let one = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 1))]"#)
            #expect(try one.json["amount"]?["amount"]?.int == 1_000)
            let less = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 1, amount: 700))]"#)
            #expect(try less.json["amount"]?["amount"]?.int == 700)
            let goodwill = try await shop.refund(
                7, #","amount":{"amount":301,"currency":"INR"}"#, reason: "goodwill")
            #expect(try goodwill.json["goodwill"]?["amount"]?.int == 301)
            #expect(try goodwill.json["funded_by"]?.string == "platform")
            let none = try await shop.refund(7, #","shipping":{"amount":1,"currency":"INR"}"#)
            #expect(none.status == 409 && none.code == "refund-exceeds-refundable")
            #expect(try none.json["refundable"]?["amount"]?.int == 0)
            let rest = try await shop.refund(7)
            #expect(try rest.json["amount"]?["amount"]?.int == 3_999)
        }
    }

    @Test func theLimitIsOfAllThatIsAskedOfAnOrder() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let goodwill = #","amount":{"amount":2600,"currency":"INR"}"#
            let first = try await shop.refund(7, goodwill)
            #expect(try first.json["status"]?.string == "approved")
            // Two admins of half the limit each are no second admin.
            let second = try await shop.refund(7, goodwill, as: RefundsFixture.second)
            #expect(try second.json["status"]?.string == "requested")
            #expect(try await shop.states(7) == "approved 2600, requested 2600")
        }
    }

    @Test func nothingWhileADisputeIsOpen() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            try await shop.dispute(7, "open")
            let held = try await shop.refund(7)
            #expect(held.status == 409 && held.code == "order-not-refundable")
        }
    }

    @Test func saysWhyNot() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            try await shop.buy(8, paying: 0)
            #expect(try await shop.refund(99).code == "not-found")
            #expect(try await shop.refund(8).code == "order-not-refundable")
            let much = try await shop.refund(7, #","amount":{"amount":6001,"currency":"INR"}"#)
            #expect(much.code == "refund-exceeds-refundable")
            #expect(try much.json["refundable"]?["amount"]?.int == 6_000)
            #expect(try much.json["refundable"]?["currency"]?.string == "INR")
            #expect(try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#).status == 201)
            let again = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 1))]"#)
            #expect(again.status == 409 && again.code == "line-already-refunded")
            #expect(try again.json["errors"]?.elements?.first?["pointer"]?.string == "/lines/0/quantity")
            let foreign = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(8, 1, quantity: 1))]"#)
            #expect(foreign.code == "not-found")
        }
    }

    @Test func readsTheBodyStrictly() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let order = #""order_id":"\#(OrderID(rawValue: 7))""#
            let line = RefundsFixture.line(7, 1, quantity: 1)
            for body in [
                #"{"reason_code":"damaged"}"#,
                #"{\#(order),"seller_order_id":"\#(SellerOrderID(rawValue: 7001))","reason_code":"damaged"}"#,
                #"{\#(order)}"#, #"{\#(order),"reason_code":"because"}"#,
                #"{\#(order),"reason_code":"damaged","lines":[\#(line),\#(line)]}"#,
                #"{\#(order),"reason_code":"damaged","lines":[]}"#,
                #"{\#(order),"reason_code":"damaged","amount":{"amount":0,"currency":"INR"}}"#,
                #"{\#(order),"reason_code":"damaged","amount":{"amount":5,"currency":"USD"}}"#,
                #"{\#(order),"reason_code":"amount_mismatch","lines":[\#(line)]}"#,
                #"{\#(order),"reason_code":"damaged","funded_by":"nobody"}"#,
            ] {
                let answer = try await shop.ask(body)
                #expect(answer.status == 422 && answer.code == "validation-failed", "\(body): \(answer.text)")
            }
            #expect(try await shop.ask(#"{"order_id":"ord_x","reason_code":"damaged"}"#).code == "not-found")
            #expect(try await shop.sql("select count(*) from refunds.refunds;") == "0")
        }
    }

    @Test func needsAKeyAndReplays() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let body =
                #"{"order_id":"\#(OrderID(rawValue: 7))","reason_code":"damaged","lines":[\#(RefundsFixture.line(7, 1, quantity: 1))]}"#
            let token = try await shop.token(RefundsFixture.admin)
            let keyless = try await shop.base.send("POST", "/api/admin/refund/", body, token: token)
            #expect(keyless.status == 400 && keyless.code == "idempotency-key-required")
            let first = try await shop.ask(body, key: "refund-once-only")
            let again = try await shop.ask(body, key: "refund-once-only")
            #expect(first.status == 201 && again.isReplay && again.body == first.body)
            let other = try await shop.ask(
                body.replacing(#""quantity":1"#, with: #""quantity":2"#), key: "refund-once-only")
            #expect(other.status == 409 && other.code == "idempotency-key-reused")
            #expect(try await shop.states(7) == "approved 1000")
            let kept = try await shop.sql(
                "select extract(epoch from expires_at - created_at) = 259200 from platform.idempotency_keys order by created_at desc limit 1;"
            )
            #expect(kept == "t", "money is remembered for 72 hours")
        }
    }

    @Test func onlyAdminsWhoMayRefund() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            #expect(try await shop.refund(7, as: 7).code == "forbidden")
            let body = #"{"order_id":"\#(OrderID(rawValue: 7))","reason_code":"damaged"}"#
            let reader = try await shop.token(9005, [.ordersRead, .ordersWrite])
            #expect(
                try await shop.base.send("POST", "/api/admin/refund/", body, token: reader, key: "k1-of-a-reader").code
                    == "forbidden")
            #expect(
                try await shop.base.send("POST", "/api/admin/refund/", body, key: "k2-of-a-stranger").code
                    == "token-missing")
        }
    }

    @Test func putsUnitsBackOnceAndTells() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.sql(
                """
                update inventory.reservations set state = 'consumed' where seller_order_id = 7001;
                update inventory.stock set on_hand = on_hand - 3, reserved = reserved - 3, version = version + 1
                 where variant_id = 200;
                """)
            let lines =
                #","lines":[\#(RefundsFixture.line(7, 1, quantity: 2)),\#(RefundsFixture.line(7, 2, quantity: 1))]"#
            let answer = try await shop.refund(7, lines + #","restock":true"#)
            #expect(answer.status == 201, "\(answer.text)")
            let rows = shop.restocked.withLock { $0 }
            #expect(rows.count == 1 && rows.first?.onHand == 999, "what was not sent is on the shelf still")
            #expect(
                try await shop.sql("select on_hand || ' ' || reserved from inventory.stock where variant_id = 200;")
                    == "999 0")
        }
    }

    @Test func moneyThatNoOrderAcceptedGoesBackAfterReview() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7, paying: 5_000)
            #expect(try await shop.refund(7).code == "order-not-refundable")
            let answer = try await shop.refund(7, reason: "amount_mismatch")
            #expect(answer.status == 201)
            #expect(try answer.json["amount"]?["amount"]?.int == 5_000)
            #expect(try await shop.sql("select state from platform.jobs where kind = 'payment.review';") == "done")
        }
    }

    /// Whatever is asked at the same time, of lines, goodwill or everything: no more goes back than was paid.
    @Test func manyAtOnceNeverExceedThePayment() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let asks = (0..<24).map { number in
                switch number % 4 {
                case 0: #","lines":[\#(RefundsFixture.line(7, 1, quantity: 1))]"#
                case 1: #","amount":{"amount":700,"currency":"INR"}"#
                case 2: #","lines":[\#(RefundsFixture.line(7, 2, quantity: 2))]"#
                default: ""
                }
            }
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for more in asks { group.addTask { try await shop.refund(7, more) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.contains { $0.status == 201 })
            for answer in answers where answer.status != 201 {
                #expect(["refund-exceeds-refundable", "line-already-refunded"].contains(answer.code), "\(answer.text)")
            }
            let taken = try await shop.sql(
                "select sum(amount_minor) <= 6000 and count(*) = \(answers.count { $0.status == 201 }) from refunds.refunds;"
            )
            #expect(taken == "t")
        }
    }
}
