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

@Suite(.timeLimit(.minutes(5))) struct RetryRefundTests {
    /// A refund that the provider has refused.
    private func failed(_ shop: RefundsFixture) async throws -> String {
        try await shop.buy(7)
        let answer = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#)
        shop.bank.next(.refuses)
        await shop.jobs.run()
        #expect(try await shop.states(7) == "failed 3000 400")
        return try #require(try answer.json["id"]?.string)
    }

    @Test func sendsItAgainUnderANewKeyAndBooksNothingTwice() async throws {
        try await RefundsFixture.with { shop in
            let id = try await failed(shop)
            let shown = try await shop.get("/api/admin/refunds/detail/?id=\(id)", as: RefundsFixture.admin)
            #expect(try shown.json["failure"]?["message"]?.string == "The account is closed.")
            let answer = try await shop.retry(id, key: "retried-only-once")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json["status"]?.string == "submitted")
            let again = try await shop.retry(id, key: "retried-only-once")
            #expect(again.isReplay && again.body == answer.body)
            shop.bank.next(.answers("processed"))
            await shop.jobs.run()
            #expect(try await shop.states(7) == "processed 3000")
            #expect(Set(shop.bank.calls.filter { $0.hasPrefix("refund") }).count == 2)
            #expect(shop.bank.refunds.count == 1)
            #expect(
                try await shop.sql(
                    "select string_agg(kind, ',' order by kind) from ledger.entries where kind like 'refund%';")
                    == "refund_approved,refund_processed")
        }
    }

    @Test func notWhileADisputeIsOpen() async throws {
        try await RefundsFixture.with { shop in
            let id = try await failed(shop)
            try await shop.dispute(7, "open")
            let held = try await shop.retry(id)
            #expect(held.status == 409 && held.code == "order-not-refundable")
            try await shop.dispute(7, "won")
            #expect(try await shop.retry(id).status == 200)
        }
    }

    @Test func notWhatALostDisputeTook() async throws {
        try await RefundsFixture.with { shop in
            let id = try await failed(shop)
            try await shop.dispute(7, "lost", taking: 4_000)
            let late = try await shop.retry(id)
            #expect(late.status == 409 && late.code == "refund-exceeds-refundable", "\(late.text)")
            #expect(try late.json["refundable"]?["amount"]?.int == 2_000)
            #expect(try await shop.states(7) == "failed 3000 400")
            // What is there goes out by itself.
            await shop.jobs.run()
            await shop.jobs.run()
            #expect(try await shop.states(7) == "failed 3000 charged_back, submitted 2000, failed 1000 charged_back")
            let gone = try await shop.retry(id)
            #expect(gone.status == 409 && gone.code == "illegal-transition")
        }
    }

    @Test func onlyWhatHasFailed() async throws {
        try await RefundsFixture.with { shop in
            let id = try await failed(shop)
            #expect(try await shop.retry("\(RefundID(rawValue: 5))").code == "not-found")
            // Everything is asked for anew: the failed one gives way.
            #expect(try await shop.refund(7).status == 201)
            let waiting = try await shop.sql("select id from refunds.refunds where status = 'requested';")
            let number = try #require(Int64(waiting))
            #expect(try await shop.decide("\(RefundID(rawValue: number))", "approve").status == 200)
            let superseded = try await shop.retry(id)
            #expect(superseded.status == 409 && superseded.code == "illegal-transition")
        }
    }

    @Test func onlyAdminsWhoMayRefund() async throws {
        try await RefundsFixture.with { shop in
            let id = try await failed(shop)
            #expect(try await shop.retry(id, as: 7).code == "forbidden")
            let body = #"{"id":"\#(id)"}"#
            let reader = try await shop.token(9005, [.ordersRead])
            #expect(
                try await shop.base.send("POST", "/api/admin/refunds/retry/", body, token: reader).code == "forbidden")
            #expect(try await shop.base.send("POST", "/api/admin/refunds/retry/", body).code == "token-missing")
        }
    }
}
