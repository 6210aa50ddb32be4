// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Orders

/// Orders that are paid in cash at the door, from their making to their end.
@Suite(.timeLimit(.minutes(5))) struct CashOrderTests {
    private typealias Fixture = OrdersFixture

    private static func body(
        version: Int64, total: Int64, address: [String: String] = [:], extra: String = ""
    ) -> String {
        Fixture.body(version: version, total: total, address: address, extra: extra).replacing("razorpay", with: "cod")
    }

    /// A cash order of Asha's; its id and its parts'.
    private static func order(
        _ shop: OrdersFixture, rugs: Int = 1, lamps: Int = 0
    ) async throws -> (id: String, parts: [String], answer: TestClient.Answer) {
        let lines = [(Fixture.rug, rugs), (Fixture.lamp, lamps)].filter { $0.1 > 0 }
        let version = try await shop.fill(lines)
        let total = Int64(rugs) * 11_800 + Int64(lamps) * 5900
        let answer = try await shop.create(Self.body(version: version, total: total))
        #expect(answer.status == 201, "\(answer.text)")
        let parts = try answer.json["seller_orders"]?.elements?.compactMap { $0["id"]?.string }
        return (try #require(try answer.json["id"]?.string), try #require(parts), answer)
    }

    @Test func isConfirmedAtOnce() async throws {
        try await Fixture.with { shop in
            let (id, parts, created) = try await Self.order(shop, rugs: 2, lamps: 1)
            let read = try await shop.get("detail/?id=\(id)")
            for answer in [created, read] {
                let order = try answer.json
                #expect(order["status"]?.string == "confirmed" && order["payment_status"]?.string == "cod_pending")
                #expect(order["next_action"] == nil && order["reserved_until"] == nil)
                #expect(order["cancellable"]?.bool == true && order["version"]?.int == 1)
                #expect(order["payments"]?.elements?.isEmpty == true)
                #expect(order["history"]?.elements?.map { $0["to"]?.string } == ["confirmed"])
                for part in order["seller_orders"]?.elements ?? [] {
                    #expect(part["status"]?.string == "placed" && part["accept_by"]?.string != nil)
                    #expect(part["history"]?.elements?.map { $0["actor"]?.string } == ["system"])
                }
            }
            #expect(try await shop.stock() == [[1000, 2], [1000, 1]])
            #expect(try await shop.count("select count(*) from inventory.reservations where state = 'committed'") == 2)
            #expect(try await shop.count("select count(*) from payments.payments") == 0)
            let events = try await shop.pool.query("select type from platform.outbox order by id").map {
                try $0.string(0)
            }
            #expect(events == ["order.created", "order.confirmed", "seller_order.placed", "seller_order.placed"])
            // Its seller sees it at once.
            let sold = try await shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom)
            #expect(sold.status == 200)
            #expect(try sold.json["payment_method"]?.string == "cod")
            try await shop.expectLawful()
        }
    }

    @Test func isMadeOncePerKeyAndCart() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let body = Self.body(version: version, total: 11_800)
            let first = try await shop.create(body, key: "cash-0123456789abcdef")
            let again = try await shop.create(body, key: "cash-0123456789abcdef")
            #expect(first.status == 201 && again.status == 201 && again.body == first.body)
            let twin = try await shop.create(body)
            #expect(twin.status == 200)
            #expect(try twin.json["id"]?.string == (try first.json["id"]?.string))
            let online = try await shop.create(
                body.replacing(#""cod""#, with: #""razorpay""#), key: "cash-0123456789abcdef")
            #expect(online.status == 409 && online.code == "idempotency-key-reused")
            #expect(try await shop.count("select count(*) from orders.orders") == 1)
        }
    }

    @Test func isNotTakenForEverythingNorEverywhere() async throws {
        try await Fixture.with { shop in
            let dear = try await shop.fill([(Fixture.rug, 424)])
            let islands = ["state_code": "AN", "postal_code": "744101"]
            let cases: [(body: String, detail: String)] = [
                (Self.body(version: dear, total: 5_003_200), "Cash is taken from 100 to 5000000 paise an order."),
                (
                    Self.body(version: dear, total: 5_003_200, address: islands),
                    "Cash is taken from 100 to 5000000 paise an order."
                ),
            ]
            for (body, detail) in cases {
                let refused = try await shop.create(body)
                #expect(refused.status == 422 && refused.code == "payment-method-unavailable")
                #expect(try refused.json["detail"]?.string == detail)
                #expect(try refused.json["errors"]?.elements?.first?["pointer"]?.string == "/payment_method")
            }
            let version = try await shop.fill([(Fixture.rug, 1)])
            for place in [islands, ["state_code": "MN", "postal_code": "795001"]] {
                let refused = try await shop.create(Self.body(version: version, total: 11_800, address: place))
                #expect(refused.status == 422 && refused.code == "payment-method-unavailable", "\(refused.text)")
            }
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            // The cart is as it was: paid online it may be as dear and go as far.
            let online = try await shop.create(Fixture.body(version: version, total: 11_800, address: islands))
            #expect(online.status == 201)
        }
    }

    @Test func theLimitsBelongToWhatIsTaken() {
        let cash = CashOnDelivery(maximum: 5000, exceptions: ["AN", "795"])
        func refusal(_ minor: Int64, _ currency: Currency = .inr, to state: String = "KA", _ code: String = "560001")
            -> CashOnDelivery.Refusal?
        {
            cash.refusal(of: Money(minor: minor, currency: currency), state: state, postalCode: code)
        }
        #expect(refusal(100) == nil && refusal(5000) == nil)
        #expect(refusal(99) == .amount(100...5000) && refusal(5001) == .amount(100...5000))
        #expect(Currency("USD").flatMap { refusal(500, $0) } == .amount(100...5000))
        #expect(refusal(500, to: "AN", "744101") == .address && refusal(500, to: "MN", "795001") == .address)
        #expect(refusal(500, to: "MN", "794001") == nil && refusal(500, to: "KA", "") == .address)
        for maximum in [0, 99] as [Int64] {
            let none = CashOnDelivery(maximum: maximum)
            #expect(none.limits == nil)
            #expect(
                none.refusal(of: Money(minor: 50, currency: .inr), state: "KA", postalCode: "560001") == .notOffered)
        }
    }

    @Test func whatIsCalledOffOwesNothing() async throws {
        try await Fixture.with { shop in
            let (id, parts, _) = try await Self.order(shop, rugs: 1, lamps: 1)
            let rejected = try await shop.move(parts[0], "rejected", extra: #","reason_code":"out_of_stock""#)
            #expect(rejected.status == 200, "\(rejected.text)")
            #expect(try await shop.stock() == [[1000, 0], [1000, 1]])
            let cancelled = try await shop.call(
                "POST", "orders/cancel/", #"{"id":"\#(id)","reason_code":"changed_mind"}"#, by: shop.asha)
            #expect(cancelled.status == 200)
            #expect(try cancelled.json["status"]?.string == "cancelled")
            // Nothing came, and nothing will.
            #expect(try cancelled.json["payment_status"]?.string == "unpaid")
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            #expect(try await shop.count("select count(*) from refunds.refunds") == 0)
            #expect(try await shop.count("select count(*) from ledger.entries") == 0)
            try await shop.expectLawful()
        }
    }

    @Test func isNeitherReleasedNorSwept() async throws {
        try await Fixture.with { shop in
            let (id, _, _) = try await Self.order(shop)
            let released = try await shop.release(id)
            #expect(released.status == 409 && released.code == "illegal-transition")
            try await shop.pool.execute("update orders.orders set reserved_until = now() - interval '1 hour'")
            try await shop.pool.execute("update inventory.reservations set expires_at = now() - interval '1 hour'")
            #expect(await shop.sweeper.sweep() == 0)
            #expect(try await shop.stock() == [[1000, 1], [1000, 0]])
        }
    }

    /// What its detail and its state say of the payment, and under which statuses its buyer's list and admins' have it.
    private static func payment(_ shop: OrdersFixture, _ id: String) async throws -> [String] {
        var seen: [String] = []
        for answer in [try await shop.get("detail/?id=\(id)"), try await shop.get("status/?id=\(id)")] {
            seen.append(try answer.json["payment_status"]?.string ?? "none")
        }
        for status in ["cod_pending", "paid", "unpaid"] {
            let own = try await shop.get("list/?payment_status=\(status)")
            let admins = try await shop.call("GET", "admin/orders/?payment_status=\(status)", by: shop.reader)
            for list in [own, admins] {
                #expect(list.status == 200, "\(list.text)")
                for order in try list.json["data"]?.elements ?? [] where order["id"]?.string == id {
                    seen.append(status + " " + (order["payment_status"]?.string ?? "none"))
                }
            }
        }
        return seen
    }

    @Test func isPaidWhenAllThatCameHasBroughtItsCash() async throws {
        try await Fixture.with { shop in
            let pending = ["cod_pending", "cod_pending", "cod_pending cod_pending", "cod_pending cod_pending"]
            let paid = ["paid", "paid", "paid paid", "paid paid"]
            let (both, parts, _) = try await Self.order(shop, rugs: 1, lamps: 1)
            #expect(try await Self.payment(shop, both) == pending)
            try await shop.lead(parts[0], to: "delivered")
            #expect(try await Self.payment(shop, both) == pending)
            try await shop.lead(parts[1], to: "delivered", by: shop.lux)
            #expect(try await Self.payment(shop, both) == paid)
            // What is called off brings none.
            let (some, more, _) = try await Self.order(shop, rugs: 1, lamps: 1)
            try await shop.lead(more[0], to: "delivered")
            let rejected = try await shop.move(
                more[1], "rejected", by: shop.lux, extra: #","reason_code":"out_of_stock""#)
            #expect(rejected.status == 200, "\(rejected.text)")
            #expect(try await Self.payment(shop, some) == paid)
            try await shop.expectLawful()
        }
    }

    @Test func isEarnedWhenItArrives() async throws {
        try await Fixture.with { shop in
            let (id, parts, _) = try await Self.order(shop)
            try await shop.lead(parts[0], to: "delivered")
            let booked = try await shop.pool.query(
                "select debit_minor from ledger.lines where account = 'cod_receivable:self'"
            ).map { try $0.int64(0) }
            #expect(booked == [11_800])
            let read = try await shop.get("detail/?id=\(id)")
            #expect(try read.json["fulfilment_status"]?.string == "fulfilled")
            try await shop.expectLawful()
        }
    }
}
