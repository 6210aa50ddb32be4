// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `POST /api/admin/disputes/evidence/`.
@Suite(.timeLimit(.minutes(2)))
struct SubmitEvidenceTests {
    private static func send(
        _ shop: PaymentsFixture, _ id: String, action: String = "submit", amount: String = "null",
        documents: String =
            #"[{"kind":"shipping_proof","document_id":"doc_1"},{"kind":"explanation_letter","document_id":"doc_2"},{"kind":"shipping_proof","document_id":"doc_3"}]"#,
        key: String? = "evidence-1", user: Int64? = PaymentsFixture.admin
    ) async throws -> PaymentsFixture.Answer {
        try await shop.call(
            "POST", "/api/admin/disputes/evidence/",
            #"{"id":"\#(id)","action":"\#(action)","summary":"Signed for.","amount":\#(amount),"documents":\#(documents)}"#,
            user: user, key: key)
    }

    @Test func itIsHandedInOnce() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            shop.provider.use { _ in (200, DisputeEventTests.dispute("under_review")) }
            let answer = try await Self.send(shop, id)
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "under_review")
            #expect(
                shop.provider.calls == [
                    .init(
                        method: "PATCH", path: "/v1/disputes/disp_1/contest",
                        body:
                            #"{"amount":2000,"summary":"Signed for.","shipping_proof":["doc_1","doc_3"],"explanation_letter":["doc_2"],"action":"submit"}"#
                    )
                ])
            let again = try await Self.send(shop, id)
            #expect(again.isReplay)
            #expect(shop.provider.calls.count == 1)
            // The webhook of it changes nothing more.
            let event = try await shop.deliver(
                DisputeEventTests.event("under_review", DisputeEventTests.dispute("under_review")), event: "evt_u")
            #expect(event.status == 200)
            #expect(try await shop.sql("select count(*) from payments.dispute_history;") == "2")
            // The admin's act, and the moves that the provider told of.
            #expect(
                try await shop.sql(
                    "select string_agg(action || ' ' || actor_type, ', ' order by id) from platform.audit;")
                    == "dispute.open system, dispute.evidence_submit admin, dispute.under_review system")
        }
    }

    @Test func aDraftMayBeChanged() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            shop.provider.use { _ in (200, DisputeEventTests.dispute("open")) }
            for (number, amount) in ["null", "1500"].enumerated() {
                let answer = try await Self.send(
                    shop, id, action: "draft", amount: amount, documents: "null", key: "draft-\(number)")
                #expect(answer.status == 200)
                #expect(try answer.json["status"]?.string == "open")
            }
            #expect(
                shop.provider.calls.map(\.body) == [
                    #"{"amount":2000,"summary":"Signed for.","action":"draft"}"#,
                    #"{"amount":1500,"summary":"Signed for.","action":"draft"}"#,
                ])
            #expect(try await shop.sql("select count(*) from payments.dispute_calls;") == "2")
        }
    }

    /// The provider calls a dispute that wants evidence open.
    @Test func aDraftMovesNothingBackwards() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            let wanted = try await shop.deliver(
                DisputeEventTests.event("action_required", DisputeEventTests.dispute("open")), event: "evt_w")
            #expect(wanted.status == 200)
            shop.provider.use { _ in (200, DisputeEventTests.dispute("open")) }
            let answer = try await Self.send(shop, id, action: "draft", documents: "null")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "evidence_required")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback evidence_required open")
            #expect(try await shop.sql("select count(*) from payments.dispute_history;") == "2")
        }
    }

    @Test func aLostAnswerIsResumedByAskingFirst() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            shop.provider.use { _ in (504, "{}") }
            #expect(try await Self.send(shop, id).code == "payment-provider-unavailable")
            shop.provider.use { _ in (200, DisputeEventTests.dispute("under_review")) }
            let answer = try await Self.send(shop, id)
            #expect(answer.status == 200)
            #expect(shop.provider.calls.map(\.method) == ["PATCH", "GET"])
        }
    }

    @Test func whatTheProviderDoesNotTake() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            shop.provider.use { call in
                call.method == "PATCH"
                    ? (400, ScriptedProvider.failure("doc_1 is not a document"))
                    : (200, DisputeEventTests.dispute("open"))
            }
            let answer = try await Self.send(shop, id)
            #expect(answer.code == "validation-failed")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback open open")
        }
    }

    @Test(
        "what is wrong with it",
        arguments: [
            ("submit", "null", "[]"), ("submit", "null", "null"), ("draft", "2001", "null"), ("draft", "0", "null"),
            ("later", "null", "null"), ("draft", "null", #"[{"kind":"photo","document_id":"doc_1"}]"#),
            ("draft", "null", #"[{"kind":"billing_proof","document_id":"doc/1"}]"#),
        ])
    func invalid(action: String, amount: String, documents: String) async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            let answer = try await Self.send(shop, id, action: action, amount: amount, documents: documents)
            #expect(answer.code == "validation-failed")
            #expect(shop.provider.calls.isEmpty)
        }
    }

    @Test func onlyWhileItIsOpenAndOnlyThoseWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            let id = try await AcceptDisputeTests.open(shop)
            #expect(try await Self.send(shop, id, user: nil).code == "token-missing")
            #expect(try await Self.send(shop, id, user: 7).code == "forbidden")
            #expect(try await Self.send(shop, id, user: 9003).code == "forbidden")
            #expect(try await Self.send(shop, "dsp_0000000000001").code == "not-found")
            let closed = try await shop.deliver(
                DisputeEventTests.event("closed", DisputeEventTests.dispute("closed")), event: "evt_c")
            #expect(closed.status == 200)
            #expect(try await Self.send(shop, id, key: "evidence-2").code == "illegal-transition")
            #expect(shop.provider.calls.isEmpty)
        }
    }
}
