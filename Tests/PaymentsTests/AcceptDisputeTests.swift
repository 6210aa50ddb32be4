// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Testing

@testable import Payments

/// `POST /api/admin/disputes/accept/`.
@Suite(.timeLimit(.minutes(2)))
struct AcceptDisputeTests {
    static func open(_ shop: PaymentsFixture) async throws -> String {
        try await DisputeEventTests.paidOrder(shop)
        let answer = try await shop.deliver(
            DisputeEventTests.event("created", DisputeEventTests.dispute("open")), event: "evt_d")
        #expect(answer.status == 200)
        let id = try #require(Int64(try await shop.sql("select id from payments.disputes;")))
        return "\(DisputeID(rawValue: id))"
    }

    static func accept(
        _ shop: PaymentsFixture, _ id: String, key: String? = "accept-1", user: Int64? = PaymentsFixture.admin
    ) async throws -> PaymentsFixture.Answer {
        try await shop.call(
            "POST", "/api/admin/disputes/accept/", #"{"id":"\#(id)","note":"The parcel was lost."}"#, user: user,
            key: key)
    }

    /// Answers as the provider does, which remembers that it was accepted.
    static func provider(_ shop: PaymentsFixture) {
        shop.provider.use { call in
            guard call.path.hasPrefix("/v1/disputes/disp_1") else { return nil }
            return (200, DisputeEventTests.dispute("lost", deducted: 2000))
        }
    }

    @Test func itIsLostAndWrittenDown() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            Self.provider(shop)
            let answer = try await Self.accept(shop, id)
            #expect(answer.status == 200)
            let json = try answer.json
            #expect(json["id"]?.string == id)
            #expect(json["status"]?.string == "lost")
            #expect(json["deducted_amount"]?["amount"]?.int == 2000)
            #expect(shop.provider.calls.map(\.path) == ["/v1/disputes/disp_1/accept"])
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback lost lost")
            #expect(
                try await shop.sql(
                    """
                    select (select action || ' ' || outcome from payments.dispute_calls),
                           (select action || ' ' || reason from platform.audit where actor_type = 'admin'),
                           (select sum(debit_minor - credit_minor) from ledger.lines where account = 'psp_clearing');
                    """) == "accept lost|dispute.accepted The parcel was lost.|0")
            // The same key again, here and in a process that knows nothing; its job has nothing to do.
            let again = try await Self.accept(shop, id)
            #expect(again.isReplay && again.response.body == answer.response.body)
            shop.forgetAnswers()
            let elsewhere = try await Self.accept(shop, id)
            #expect(elsewhere.isReplay && elsewhere.response.body == answer.response.body)
            _ = try await shop.sql("update platform.jobs set run_at = now();")
            await shop.jobs.run()
            #expect(shop.provider.calls.count == 1)
            // Another key: the same act, which has been done.
            let other = try await Self.accept(shop, id, key: "accept-2")
            #expect(other.status == 200)
            #expect(shop.provider.calls.map(\.path) == ["/v1/disputes/disp_1/accept", "/v1/disputes/disp_1"])
            #expect(try await shop.sql("select count(*) from platform.audit where actor_type = 'admin';") == "1")
        }
    }

    @Test func aLostAnswerIsResumedByAskingFirst() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            shop.provider.use { call in call.method == "POST" ? (502, "{}") : nil }
            let first = try await Self.accept(shop, id)
            #expect(first.code == "payment-provider-unavailable")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback open open")
            // It had happened; the same key goes on with it and calls nothing a second time.
            Self.provider(shop)
            let second = try await Self.accept(shop, id)
            #expect(second.status == 200)
            #expect(shop.provider.calls.map(\.method) == ["POST", "GET"])
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback lost lost")
        }
    }

    @Test func theJobFinishesWhatNobodyAsksForAgain() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            shop.provider.use { call in call.method == "POST" ? (502, "{}") : nil }
            #expect(try await Self.accept(shop, id).status == 503)
            #expect(await shop.jobs.run() == 0)
            _ = try await shop.sql("update platform.jobs set run_at = now();")
            // It never arrived: asked first, then told again.
            shop.provider.use { call in
                guard call.path.hasPrefix("/v1/disputes/") else { return nil }
                return (
                    200,
                    DisputeEventTests.dispute(
                        call.method == "POST" ? "lost" : "open", deducted: call.method == "POST" ? 2000 : 0)
                )
            }
            #expect(await shop.jobs.run() == 1)
            #expect(shop.provider.calls.map(\.method) == ["POST", "GET", "POST"])
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback lost lost")
            #expect(
                try await shop.sql("select state from platform.jobs where kind = 'payment.dispute_call';") == "done")
        }
    }

    @Test func whatHasEndedCannotBeAccepted() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            let won = try await shop.deliver(
                DisputeEventTests.event("won", DisputeEventTests.dispute("won")), event: "evt_w")
            #expect(won.status == 200)
            let answer = try await Self.accept(shop, id)
            #expect(answer.code == "illegal-transition")
            #expect(try answer.json["from"]?.string == "won")
            #expect(shop.provider.calls.isEmpty)
        }
    }

    @Test func whatTheProviderRefusesForGoodIsAnEnd() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            shop.provider.use { call in
                call.method == "POST"
                    ? (400, ScriptedProvider.failure("Action not allowed")) : (200, DisputeEventTests.dispute("open"))
            }
            let answer = try await Self.accept(shop, id)
            #expect(answer.code == "illegal-transition")
            #expect(try await shop.sql("select outcome like 'refused%' from payments.dispute_calls;") == "t")
            _ = try await shop.sql("update platform.jobs set run_at = now();")
            let calls = shop.provider.calls.count
            await shop.jobs.run()
            #expect(shop.provider.calls.count == calls)
        }
    }

    @Test func onlyThoseWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await Self.open(shop)
            Self.provider(shop)
            #expect(try await Self.accept(shop, id, user: nil).code == "token-missing")
            #expect(try await Self.accept(shop, id, user: 7).code == "forbidden")
            for admin in [Int64(9002), 9003, 9004] {
                #expect(try await Self.accept(shop, id, user: admin).code == "forbidden")
            }
            #expect(try await Self.accept(shop, id, user: 9005).status == 200)
        }
    }

    @Test("what names no dispute", arguments: ["dsp_0000000000001", "nonsense", "ord_0000000000001"])
    func unknown(_ id: String) async throws {
        try await PaymentsFixture.with { shop in
            #expect(try await Self.accept(shop, id).code == "not-found")
            let empty = try await shop.call("POST", "/api/admin/disputes/accept/", "{}", user: PaymentsFixture.admin)
            #expect(empty.code == "validation-failed")
        }
    }
}
