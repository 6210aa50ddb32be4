// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// A payer's bank wants money back.
@Suite(.timeLimit(.minutes(1))) struct DisputeTests {
    /// A dispute on a payment of its own, whose events are taken.
    private static func open(_ bench: SandboxBench, _ extra: String = "") async throws -> (payment: String, id: String)
    {
        let payment = try await bench.captured()
        let dispute = try await bench.control("POST", "/disputes", "{\"payment_id\":\"\(payment)\"\(extra)}")
        try #require(dispute.status == 200, "\(dispute.text)")
        _ = await bench.receiver.take(4)
        return (payment, dispute.id)
    }

    @Test func opensAndIsTold() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            _ = await bench.receiver.take(3)
            let dispute = try await bench.control(
                "POST", "/disputes",
                "{\"payment_id\":\"\(payment)\",\"amount\":5000,\"phase\":\"retrieval\",\"reason_code\":\"fraud\"}")
            #expect(dispute.id.wholeMatch(of: /disp_[A-Za-z0-9]{14}/) != nil)
            #expect(dispute.json["status"]?.string == "open")
            #expect(dispute.json["phase"]?.string == "retrieval")
            #expect(dispute.json["reason_code"]?.string == "fraud")
            #expect(dispute.json["amount"]?.int == 5000)
            #expect(dispute.json["amount_deducted"]?.int == 0)
            #expect(dispute.json["respond_by"]?.int64 == SandboxBench.start + 7 * 86_400)
            let event = try await bench.receiver.take(1)[0].json()
            #expect(event["event"]?.string == "payment.dispute.created")
            #expect(event["contains"]?.elements?.compactMap(\.string) == ["payment", "dispute"])
            #expect(event["payload"]?["dispute"]?["entity"]?["id"]?.string == dispute.id)
            #expect(try await bench.api("GET", "/v1/payments/\(payment)").json["status"]?.string == "captured")
        }
    }

    @Test func listsAndExpands() async throws {
        try await withSandbox { bench in
            let first = try await Self.open(bench)
            let second = try await Self.open(bench)
            let list = try await bench.api("GET", "/v1/disputes").json["items"]?.elements
            #expect(list?.compactMap { $0["id"]?.string } == [second.id, first.id])
            #expect(list?[0]["payment"] == nil)
            let page = try await bench.api("GET", "/v1/disputes?count=1&skip=1&expand%5B%5D=payment")
            #expect(page.json["items"]?.elements?.first?["payment"]?["id"]?.string == first.payment)
            let one = try await bench.api("GET", "/v1/disputes/\(first.id)?expand%5B%5D=payment")
            #expect(one.json["payment"]?["id"]?.string == first.payment)
            #expect(try await bench.api("GET", "/v1/disputes/\(first.id)").json["payment"] == nil)
            #expect(try await bench.api("GET", "/v1/disputes?expand%5B%5D=order").status == 400)
            #expect(try await bench.api("GET", "/v1/disputes/disp_0").errorText == "The id provided does not exist")
        }
    }

    @Test func giveInAndAllIsLost() async throws {
        try await withSandbox { bench in
            let (_, id) = try await Self.open(bench)
            let lost = try await bench.api("POST", "/v1/disputes/\(id)/accept", "{}")
            #expect(lost.json["status"]?.string == "lost")
            #expect(lost.json["amount_deducted"]?.int == 129_900)
            #expect(try await bench.receiver.take(1)[0].event() == "payment.dispute.lost")
            #expect(try await bench.api("POST", "/v1/disputes/\(id)/accept").status == 400)
            #expect(try await bench.api("POST", "/v1/disputes/disp_0/accept").status == 400)
        }
    }

    @Test func aDraftChangesNothingAndEvidenceNeedsADocument() async throws {
        try await withSandbox { bench in
            let (_, id) = try await Self.open(bench)
            func contest(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("PATCH", "/v1/disputes/\(id)/contest", body)
            }
            let draft = try await contest(#"{"amount":5000,"summary":"it was delivered"}"#)
            #expect(draft.json["status"]?.string == "open")
            #expect(draft.json["evidence"]?["summary"]?.string == "it was delivered")
            #expect(draft.json["evidence"]?["submitted_at"]?.isNull == true)
            #expect(
                try await contest(#"{"action":"submit"}"#).errorText
                    == "At least one document must be provided to contest the dispute.")
            #expect(try await contest(#"{"shipping_proof":["doc_0"]}"#).status == 400)
            #expect(try await contest(#"{"shipping_proof":"doc_0"}"#).status == 400)
            #expect(try await contest(#"{"amount":129901}"#).status == 400)
            #expect(try await contest(#"{"action":"pray"}"#).status == 400)
            #expect(try await contest(#"{"proof":[]}"#).status == 400)
            #expect(try await contest(#"{"others":[{"type":"a"}]}"#).status == 400)
            let document = try await DocumentTests.upload(bench).id
            let submitted = try await contest(
                "{\"action\":\"submit\",\"shipping_proof\":[\"\(document)\"],"
                    + "\"others\":[{\"type\":\"letter\",\"document_ids\":[\"\(document)\"]}]}")
            #expect(submitted.json["status"]?.string == "under_review")
            let evidence = submitted.json["evidence"]
            #expect(evidence?["amount"]?.int == 5000)
            #expect(evidence?["shipping_proof"]?.elements?.compactMap(\.string) == [document])
            #expect(evidence?["others"]?.elements?.first?["type"]?.string == "letter")
            #expect(evidence?["submitted_at"]?.int64 == SandboxBench.start)
            #expect(try await bench.receiver.take(1)[0].event() == "payment.dispute.under_review")
            #expect(try await contest("{}").status == 400)
        }
    }

    @Test(arguments: [
        ("won", "payment.dispute.won", 0), ("closed", "payment.dispute.closed", 0),
        ("lost", "payment.dispute.lost", 129_900),
    ])
    func theBankDecidesOnce(decision: String, event: String, deducted: Int) async throws {
        try await withSandbox { bench in
            let (_, id) = try await Self.open(bench)
            #expect(
                try await bench.control("POST", "/disputes/\(id)/under_review").json["status"]?.string == "under_review"
            )
            #expect(try await bench.control("POST", "/disputes/\(id)/under_review").status == 400)
            let decided = try await bench.control("POST", "/disputes/\(id)/\(decision)", "{}")
            #expect(decided.json["status"]?.string == decision)
            #expect(decided.json["amount_deducted"]?.int == deducted)
            #expect(try await bench.receiver.take(2).map { try $0.event() } == ["payment.dispute.under_review", event])
            for other in ["won", "lost", "closed", "under_review", "action_required"] {
                #expect(try await bench.control("POST", "/disputes/\(id)/\(other)").status == 400)
            }
            // Decided is decided: the deadline changes nothing.
            try await bench.advance(seconds: 8 * 86_400)
            #expect(try await bench.api("GET", "/v1/disputes/\(id)").json["status"]?.string == decision)
        }
    }

    @Test func aLaterPhaseOpensItAgain() async throws {
        try await withSandbox { bench in
            let (_, id) = try await Self.open(bench)
            func reopen(_ phase: String) async throws -> SandboxBench.Answer {
                try await bench.control("POST", "/disputes/\(id)/reopen", "{\"phase\":\"\(phase)\"}")
            }
            #expect(try await reopen("arbitration").errorText == "The dispute is open still.")
            _ = try await bench.control("POST", "/disputes/\(id)/lost", #"{"amount_deducted":100}"#)
            #expect(try await bench.api("GET", "/v1/disputes/\(id)").json["amount_deducted"]?.int == 100)
            #expect(try await reopen("chargeback").status == 400)
            #expect(try await reopen("retrieval").status == 400)
            let again = try await reopen("pre_arbitration")
            #expect(again.id == id)
            #expect(again.json["status"]?.string == "open")
            #expect(again.json["phase"]?.string == "pre_arbitration")
            #expect(again.json["amount_deducted"]?.int == 0)
            #expect(
                try await bench.receiver.take(2).map { try $0.event() }
                    == ["payment.dispute.lost", "payment.dispute.created"])
        }
    }

    @Test func unansweredItIsLostAtTheDeadline() async throws {
        try await withSandbox { bench in
            let (_, id) = try await Self.open(bench, #","respond_within":3600"#)
            try await bench.advance(seconds: 3000)
            // The bank asks once more, and gives another hour.
            let asked = try await bench.control("POST", "/disputes/\(id)/action_required", #"{"respond_within":3600}"#)
            #expect(asked.json["respond_by"]?.int64 == SandboxBench.start + 6600)
            try await bench.advance(seconds: 700)
            #expect(try await bench.api("GET", "/v1/disputes/\(id)").json["status"]?.string == "open")
            try await bench.advance(seconds: 2900)
            let lost = try await bench.api("GET", "/v1/disputes/\(id)").json
            #expect(lost["status"]?.string == "lost")
            #expect(lost["amount_deducted"]?.int == 129_900)
            #expect(
                try await bench.receiver.take(2).map { try $0.event() }
                    == ["payment.dispute.action_required", "payment.dispute.lost"])
        }
    }

    @Test func refusesWhatCannotBeDisputed() async throws {
        try await withSandbox(configure: { $0.limits.disputesPerPayment = 2 }) { bench in
            let payment = try await bench.captured()
            func open(_ extra: String) async throws -> SandboxBench.Answer {
                try await bench.control("POST", "/disputes", "{\"payment_id\":\"\(payment)\"\(extra)}")
            }
            #expect(try await open(#","amount":129901"#).status == 400)
            #expect(try await open(#","phase":"war"#).status == 400)
            #expect(try await open(#","phases":"fraud"#).status == 400)
            #expect(try await open(#","amount":100000"#).status == 200)
            #expect(try await open(#","amount":29901"#).status == 400)
            #expect(try await open(#","amount":29900"#).status == 200)
            #expect(try await bench.control("POST", "/disputes", #"{"payment_id":"pay_0"}"#).status == 400)
            #expect(try await bench.control("POST", "/disputes", "{}").status == 400)
            let authorized = try await bench.pay(try await bench.order(), "authorized")
            let id = try #require(authorized.json["razorpay_payment_id"]?.string)
            #expect(try await bench.control("POST", "/disputes", "{\"payment_id\":\"\(id)\"}").status == 400)
            for dispute in try await bench.api("GET", "/v1/disputes").json["items"]?.elements ?? [] {
                _ = try await bench.control("POST", "/disputes/\(dispute["id"]?.string ?? "")/closed")
            }
            #expect(try await open("").errorText == "Disputes of this payment have exceeded the limit.")
        }
    }
}
