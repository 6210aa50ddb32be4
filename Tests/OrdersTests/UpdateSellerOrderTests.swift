// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UpdateSellerOrderTests {
    private typealias Fixture = OrdersFixture

    @Test func leadsAPartFromItsPaymentToTheDoor() async throws {
        try await Fixture.with { shop in
            let (order, parts) = try await shop.paidOrder(rugs: 2, lamps: 1)
            let accepted = try await shop.move(parts[0], "accepted")
            #expect(accepted.status == 200)
            #expect(accepted.header("ETag") == "\"v3\"")
            #expect(try accepted.json["status"]?.string == "accepted")
            #expect(try accepted.json["buyer_name"]?.string == "Asha Rao")
            #expect(try accepted.json["shipping_address"]?["city"]?.string == "Bengaluru")
            #expect(try await shop.stock() == [[1000, 2], [1000, 1]])
            let packed = try await shop.move(parts[0], "packed")
            #expect(packed.status == 200)
            #expect(try await shop.stock() == [[998, 0], [1000, 1]])
            // This process sells from what is left, and the others were told.
            #expect(await shop.inventory.row(Fixture.rug)?.onHand == 998)
            #expect(await shop.inventory.row(Fixture.rug)?.reserved == 0)
            #expect(shop.news.told.withLock { $0.contains(Fixture.rug) })
            let shipped = try await shop.move(
                parts[0], "shipped",
                extra:
                    #","shipment":{"carrier":"self","tracking_number":"V-1","tracking_url":"https://t.example/1","eway_bill":"33"}"#
            )
            let shipment = try #require(try shipped.json["shipments"]?.elements?.first)
            #expect(shipment["carrier"]?.string == "self")
            #expect(shipment["tracking_number"]?.string == "V-1")
            #expect(shipment["eway_bill"]?.string == "33")
            #expect(shipment["lines"]?.elements?.first?["quantity"]?.int == 2)
            #expect(shipment["events"]?.elements?.map { $0["code"]?.string } == ["shipped"])
            let delivered = try await shop.move(parts[0], "delivered")
            #expect(try delivered.json["status"]?.string == "delivered")
            #expect(
                try delivered.json["history"]?.elements?.map { $0["actor"]?.string }
                    == ["system", "seller", "seller", "seller", "seller"])
            let seen = try await shop.get("detail/?id=\(order)").json
            #expect(seen["status"]?.string == "processing")
            #expect(seen["fulfilment_status"]?.string == "partial")
            #expect(seen["seller_orders"]?.elements?.first?["shipments"]?.elements?.count == 1)
            let state = try await shop.get("status/?id=\(order)").json
            #expect(
                state["seller_orders"]?.elements?.first?["tracking"]?.elements?.first?["tracking_number"]?.string
                    == "V-1")
            #expect(try await shop.count("select count(*) from ledger.entries where kind = 'earned'") == 1)
            #expect(
                try await shop.count("select count(*) from platform.audit where action like 'seller_order.%'") == 4)
            try await shop.expectLawful()
        }
    }

    @Test func theSameStateAgainChangesNothing() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder()
            let first = try await shop.move(parts[0], "accepted", key: "accept-1")
            let kept = try await shop.count(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == 259_200, "money is remembered for 72 hours")
            let replay = try await shop.move(parts[0], "accepted", key: "accept-1")
            #expect(replay.isReplay)
            #expect(replay.body == first.body)
            let again = try await shop.move(parts[0], "accepted", extra: #","expected_version":1"#)
            #expect(again.status == 200)
            #expect(again.body == first.body)
            let other = try await shop.move(parts[0], "packed", key: "accept-1")
            #expect(other.code == "idempotency-key-reused")
            #expect(
                try await shop.count("select count(*) from platform.outbox where type = 'seller_order.accepted'") == 1)
        }
    }

    @Test func addsParcelsAndKeepsTheirTracking() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder(rugs: 3)
            try await shop.lead(parts[0], to: "packed")
            let line = try #require(
                try await shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom).json["lines"]?
                    .elements?.first?["id"]?.string)
            func parcel(_ number: String, _ rest: String = "") -> String {
                #","shipment":{"carrier":"dtdc","tracking_number":"\#(number)"\#(rest)}"#
            }
            let two = #","lines":[{"line_id":"\#(line)","quantity":2}]"#
            let first = try await shop.move(parts[0], "shipped", extra: parcel("A", two))
            #expect(first.status == 200)
            let same = try await shop.move(
                parts[0], "shipped", extra: parcel("A", #","tracking_url":"https://other.example/""#))
            #expect(same.body == first.body)
            let tooMany = try await shop.move(parts[0], "shipped", extra: parcel("B", two))
            #expect(tooMany.status == 422)
            #expect(try tooMany.json["errors"]?.elements?.first?["pointer"]?.string == "/shipment/lines")
            let second = try await shop.move(parts[0], "shipped", extra: parcel("B"))
            let units = try second.json["shipments"]?.elements?.map { $0["lines"]?.elements?.first?["quantity"]?.int }
            #expect(units == [2, 1])
            #expect(try second.json["status"]?.string == "shipped")
            // A carrier brings it: that it has arrived is not the seller's to say.
            let delivered = try await shop.move(parts[0], "delivered")
            #expect(delivered.code == "illegal-transition")
            #expect(
                try delivered.json["allowed"]?.elements?.map(\.string) == ["out_for_delivery", "delivery_failed"],
                "not what was refused just now")
            try await shop.expectLawful()
        }
    }

    @Test func refusesWhatDoesNotFit() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let early = try await shop.move(parts[0], "packed")
            #expect(early.status == 409)
            #expect(early.code == "illegal-transition")
            #expect(try early.json["from"]?.string == "placed")
            #expect(
                try early.json["allowed"]?.elements?.map { $0.string } == ["accepted", "rejected", "cancelled"])
            let old = try await shop.move(parts[0], "accepted", extra: #","expected_version":1"#)
            #expect(old.status == 412)
            #expect(old.code == "version-conflict")
            #expect(try old.json["current_version"]?.int == 2)
            let silent = try await shop.move(parts[0], "rejected")
            #expect(silent.status == 422)
            #expect(silent.code == "reason-required")
            try await shop.lead(parts[0], to: "packed")
            let bare = try await shop.move(parts[0], "shipped")
            #expect(bare.status == 422)
            #expect(bare.code == "shipment-required")
            for shipment in [
                #"{"carrier":"dtdc"}"#, #"{"carrier":"self","tracking_url":"ftp://x"}"#,
                #"{"carrier":"self","lines":[]}"#,
                #"{"carrier":"self","lines":[{"line_id":"oln_x","quantity":1}]}"#,
            ] {
                let answer = try await shop.move(parts[0], "shipped", extra: #","shipment":\#(shipment)"#)
                #expect(answer.code == "validation-failed", "\(shipment)")
            }
            let early2 = try await shop.move(parts[0], "packed", extra: #","shipment":{"carrier":"self"}"#)
            #expect(early2.code == "validation-failed")
            try await shop.expectLawful()
        }
    }

    @Test func rejectionOwesTheMoneyAndGivesTheUnitsBack() async throws {
        try await Fixture.with { shop in
            let (order, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let rejected = try await shop.move(
                parts[1], "rejected", by: shop.lux, extra: #","reason_code":"out_of_stock""#)
            #expect(try rejected.json["status"]?.string == "rejected")
            #expect(try rejected.json["buyer_name"]?.string == "A*** R***")
            #expect(try rejected.json["shipping_address"] == nil)
            #expect(try rejected.json["history"]?.elements?.last?["reason"]?.string == "out_of_stock")
            #expect(try await shop.stock() == [[1000, 1], [1000, 0]])
            #expect(try await shop.count("select sum(amount_minor)::int from refunds.refunds") == 5900)
            #expect(try await shop.get("detail/?id=\(order)").json["status"]?.string == "confirmed")
            let last = try await shop.move(parts[0], "rejected", extra: #","reason_code":"closed""#)
            #expect(last.status == 200)
            #expect(try await shop.get("detail/?id=\(order)").json["status"]?.string == "cancelled")
            try await shop.expectLawful()
        }
    }

    @Test func isForMembersOfThePartsSeller() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder()
            let unpaid = try await shop.order()
            let waiting = try #require(
                try await shop.get("detail/?id=\(unpaid)").json["seller_orders"]?.elements?.first?["id"]?.string)
            #expect(try await shop.move(parts[0], "accepted", by: shop.lux).code == "not-found")
            #expect(try await shop.move("sor_nothing", "accepted").code == "not-found")
            #expect(try await shop.move(parts[0], "accepted", by: shop.asha).code == "forbidden")
            #expect(try await shop.move(parts[0], "accepted", by: shop.idle).code == "forbidden")
            #expect(try await shop.move(parts[0], "accepted", by: shop.admin).code == "forbidden")
            #expect(try await shop.move(waiting, "accepted").code == "illegal-transition")
        }
    }
}
