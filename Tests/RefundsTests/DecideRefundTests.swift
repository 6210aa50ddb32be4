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

@Suite(.timeLimit(.minutes(5))) struct DecideRefundTests {
    /// A refund of a whole order, above the limit.
    private func waiting(_ shop: RefundsFixture, _ order: Int64 = 7) async throws -> String {
        try await shop.buy(order)
        let answer = try await shop.refund(order)
        #expect(answer.status == 201)
        #expect(try answer.json["status"]?.string == "requested")
        return try #require(try answer.json["id"]?.string)
    }

    @Test func anotherAdminApproves() async throws {
        try await RefundsFixture.with { shop in
            let id = try await waiting(shop)
            #expect(try await shop.sql("select count(*) from platform.jobs where kind = 'refund.submit';") == "0")
            let own = try await shop.decide(id, "approve", as: RefundsFixture.admin)
            #expect(own.status == 403 && own.code == "four-eyes-required")
            let answer = try await shop.decide(id, "approve", key: "approved-only-once")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json["status"]?.string == "approved")
            #expect(try answer.json["decided_by"]?.string == "\(UserID(rawValue: RefundsFixture.second))")
            let again = try await shop.decide(id, "approve", key: "approved-only-once")
            #expect(again.isReplay && again.body == answer.body)
            let late = try await shop.decide(id, "approve")
            #expect(late.status == 409 && late.code == "illegal-transition")
            #expect(try late.json["from"]?.string == "approved")
            #expect(try late.json["allowed"]?.elements?.compactMap(\.string) == ["submitted"])
            let audit = try await shop.sql(
                "select string_agg(action || ' ' || actor_id, ', ' order by id) from platform.audit;")
            #expect(audit == "refund.requested 9001, refund.approved 9002")
        }
    }

    @Test func aNoNeedsNoWords() async throws {
        try await RefundsFixture.with { shop in
            let answer = try await shop.decide(try await waiting(shop), "reject")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "rejected")
            #expect(try answer.json["note"] == nil)
            #expect(
                try await shop.sql("select reason is null from platform.audit where action = 'refund.rejected';") == "t"
            )
        }
    }

    @Test func aNoFreesTheMoney() async throws {
        try await RefundsFixture.with { shop in
            let id = try await waiting(shop)
            #expect(
                try await shop.refund(7, #","amount":{"amount":1,"currency":"INR"}"#).code
                    == "refund-exceeds-refundable")
            let answer = try await shop.decide(id, "reject", #","note":"The parcel is on its way.""#)
            #expect(try answer.json["status"]?.string == "rejected")
            #expect(try await shop.refund(7, #","amount":{"amount":1,"currency":"INR"}"#).status == 201)
            #expect(try await shop.decide(id, "maybe").code == "validation-failed")
        }
    }

    @Test func notWhileADisputeIsOpenAndNotWhatALostOneTook() async throws {
        try await RefundsFixture.with { shop in
            let id = try await waiting(shop)
            try await shop.dispute(7, "open")
            let held = try await shop.decide(id, "approve")
            #expect(held.status == 409 && held.code == "order-not-refundable")
            try await shop.dispute(7, "lost", taking: 4_000)
            let late = try await shop.decide(id, "approve")
            #expect(late.status == 409 && late.code == "refund-exceeds-refundable", "\(late.text)")
            #expect(try late.json["refundable"]?["amount"]?.int == 2_000)
            #expect(try await shop.states(7) == "requested 6000")
            #expect(try await shop.decide(id, "reject", #","note":"The bank was quicker.""#).status == 200)
        }
    }

    @Test func twoAdminsAtOnceDecideOnce() async throws {
        try await RefundsFixture.with { shop in
            for order in Int64(11)...18 {
                let id = try await waiting(shop, order)
                async let yes = shop.decide(id, "approve", as: 9002)
                async let no = shop.decide(id, "reject", #","note":"No.""#, as: 9003)
                let statuses = try await [yes.status, no.status].sorted()
                #expect(statuses == [200, 409])
            }
        }
    }

    @Test func onlyAdminsWhoMayRefund() async throws {
        try await RefundsFixture.with { shop in
            let id = try await waiting(shop)
            #expect(try await shop.decide(id, "approve", as: 7).code == "forbidden")
            let body = #"{"id":"\#(id)","decision":"approve"}"#
            let reader = try await shop.token(9005, [.ordersRead])
            #expect(
                try await shop.base.send("POST", "/api/admin/refunds/decide/", body, token: reader).code == "forbidden")
            #expect(try await shop.base.send("POST", "/api/admin/refunds/decide/", body).code == "token-missing")
            #expect(try await shop.decide("\(RefundID(rawValue: 5))", "approve").code == "not-found")
            #expect(try await shop.decide("ref_x", "approve").code == "not-found")
        }
    }
}
