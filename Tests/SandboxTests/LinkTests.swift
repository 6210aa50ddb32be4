// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import Testing

@testable import Sandbox

/// Pages that ask for money.
@Suite(.timeLimit(.minutes(1))) struct LinkTests {
    private static func link(_ bench: SandboxBench, _ extra: String = "") async throws -> String {
        let answer = try await bench.api("POST", "/v1/payment_links", "{\"amount\":50000,\"currency\":\"INR\"\(extra)}")
        try #require(answer.status == 200, "\(answer.text)")
        return answer.id
    }

    @Test func isPaidAndTold() async throws {
        try await withSandbox { bench in
            let body =
                #"{"amount":50000,"reference_id":"ref-1","customer":{"name":"Asha","contact":"+919000000001"},"#
                + #""notify":{"sms":true},"notes":{"a":"b"},"callback_url":"https://example.com/","callback_method":"get"}"#
            let link = try await bench.api("POST", "/v1/payment_links", body)
            #expect(link.id.wholeMatch(of: /plink_[A-Za-z0-9]{14}/) != nil)
            #expect(link.json["status"]?.string == "created")
            #expect(link.json["currency"]?.string == "INR")
            #expect(link.json["customer"]?["name"]?.string == "Asha")
            #expect(link.json["notify"]?["sms"]?.bool == true)
            let names = link.json.members?.map(\.name) ?? []
            #expect(names == names.sorted())
            let paid = try await bench.control("POST", "/payment_links/\(link.id)/pay", "{}")
            let payment = try #require(paid.json["razorpay_payment_id"]?.string)
            #expect(paid.json["razorpay_payment_link_status"]?.string == "paid")
            let message = Array("\(link.id)|ref-1|paid|\(payment)".utf8)
            let signature = HMACSHA256.code(message, key: Array(SandboxBench.keySecret.utf8)).hex
            #expect(paid.json["razorpay_signature"]?.string == signature)
            let after = try await bench.api("GET", "/v1/payment_links/\(link.id)").json
            #expect(after["status"]?.string == "paid")
            #expect(after["amount_paid"]?.int == 50_000)
            #expect(after["payments"]?.elements?.first?["payment_id"]?.string == payment)
            let received = await bench.receiver.take(4)
            #expect(
                try received.map { try $0.event() }
                    == ["payment.authorized", "payment.captured", "order.paid", "payment_link.paid"])
            // These come sorted.
            let envelope = try received[3].json()
            #expect(
                envelope.members?.map(\.name) == ["account_id", "contains", "created_at", "entity", "event", "payload"])
            #expect(envelope["contains"]?.elements?.compactMap(\.string) == ["payment_link", "order", "payment"])
            let order = try #require(after["order_id"]?.string)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "paid")
            #expect(try await bench.control("POST", "/payment_links/\(link.id)/pay", "{}").status == 400)
            #expect(try await bench.api("POST", "/v1/payment_links/\(link.id)/cancel", "{}").status == 400)
        }
    }

    @Test func isPaidInParts() async throws {
        try await withSandbox { bench in
            let id = try await Self.link(bench, #","accept_partial":true,"first_min_partial_amount":10000"#)
            func pay(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.control("POST", "/payment_links/\(id)/pay", body)
            }
            #expect(try await pay(#"{"amount":9999}"#).status == 400)
            #expect(try await pay(#"{"amount":50001}"#).status == 400)
            #expect(
                try await pay(#"{"amount":10000,"method":"card"}"#).json["razorpay_payment_link_status"]?.string
                    == "partially_paid")
            #expect(try await pay(#"{"amount":1}"#).status == 200)
            #expect(try await pay("{}").json["razorpay_payment_link_status"]?.string == "paid")
            let link = try await bench.api("GET", "/v1/payment_links/\(id)").json
            #expect(link["payments"]?.elements?.compactMap { $0["amount"]?.int } == [10_000, 1, 39_999])
            let names = try await bench.events(10).filter { $0.hasPrefix("payment_link") }
            #expect(names == ["payment_link.paid", "payment_link.partially_paid", "payment_link.partially_paid"])
        }
    }

    @Test func aFailedPaymentLeavesItOpen() async throws {
        try await withSandbox { bench in
            let id = try await Self.link(bench)
            let failed = try await bench.control("POST", "/payment_links/\(id)/pay", #"{"outcome":"failed"}"#)
            #expect(failed.status == 200)
            #expect(failed.json["razorpay_signature"] == nil)
            #expect(try await bench.api("GET", "/v1/payment_links/\(id)").json["status"]?.string == "created")
            #expect(try await bench.control("POST", "/payment_links/\(id)/pay", #"{"amount":1}"#).status == 400)
            #expect(
                try await bench.control("POST", "/payment_links/\(id)/pay", #"{"outcome":"authorized"}"#).status == 400)
            #expect(try await bench.control("POST", "/payment_links/plink_0/pay", "{}").status == 400)
            #expect(try await bench.control("POST", "/payment_links/\(id)/pay", "{}").status == 200)
        }
    }

    @Test func isEditedListedAndCancelled() async throws {
        try await withSandbox(configure: { $0.limits.links = 2 }) { bench in
            let first = try await Self.link(bench, #","reference_id":"a""#)
            let second = try await Self.link(bench)
            let again = try await bench.api("POST", "/v1/payment_links", #"{"amount":500,"reference_id":"a"}"#)
            #expect(again.errorText?.contains("already exists") == true)
            #expect(try await bench.api("PATCH", "/v1/payment_links/\(second)", #"{"reference_id":"a"}"#).status == 400)
            let edited = try await bench.api(
                "PATCH", "/v1/payment_links/\(second)",
                #"{"reference_id":"b","notes":{"x":"y"},"reminder_enable":true,"accept_partial":true}"#)
            #expect(edited.json["reference_id"]?.string == "b")
            #expect(edited.json["notes"]?["x"]?.string == "y")
            #expect(edited.json["accept_partial"]?.bool == true)
            #expect(try await bench.api("PATCH", "/v1/payment_links/\(second)", #"{"amount":1}"#).status == 400)
            func list(_ query: String) async throws -> [String]? {
                try await bench.api("GET", "/v1/payment_links" + query).json["payment_links"]?.elements?
                    .compactMap { $0["id"]?.string }
            }
            #expect(try await list("") == [second, first])
            #expect(try await list("?reference_id=b") == [second])
            let paid = try await bench.control("POST", "/payment_links/\(first)/pay", "{}")
            #expect(try await list("?payment_id=\(paid.json["razorpay_payment_id"]?.string ?? "")") == [first])
            #expect(
                try await bench.api("POST", "/v1/payment_links/\(second)/notify_by/sms", "{}").json["success"]?.bool
                    == true)
            #expect(try await bench.api("POST", "/v1/payment_links/\(second)/notify_by/post", "{}").status == 400)
            let cancelled = try await bench.api("POST", "/v1/payment_links/\(second)/cancel", "{}")
            #expect(cancelled.json["status"]?.string == "cancelled")
            #expect(cancelled.json["cancelled_at"]?.int64 == SandboxBench.start)
            #expect(try await bench.api("PATCH", "/v1/payment_links/\(second)", "{}").status == 400)
            #expect(try await bench.events(5).contains("payment_link.cancelled"))
            let third = try await Self.link(bench)
            #expect(try await list("") == [third, second])
        }
    }

    @Test func endsAtItsTimeAndNotBefore() async throws {
        try await withSandbox { bench in
            let early = SandboxBench.start + 899
            #expect(
                try await bench.api("POST", "/v1/payment_links", "{\"amount\":500,\"expire_by\":\(early)}").status
                    == 400)
            let id = try await Self.link(bench, ",\"expire_by\":\(early + 1)")
            _ = try await bench.api("PATCH", "/v1/payment_links/\(id)", "{\"expire_by\":\(early + 101)}")
            try await bench.advance(seconds: 999)
            #expect(try await bench.api("GET", "/v1/payment_links/\(id)").json["status"]?.string == "created")
            try await bench.advance(seconds: 1)
            let expired = try await bench.api("GET", "/v1/payment_links/\(id)").json
            #expect(expired["status"]?.string == "expired")
            #expect(expired["expired_at"]?.int64 == SandboxBench.start + 1000)
            #expect(try await bench.receiver.take(1)[0].event() == "payment_link.expired")
            #expect(try await bench.control("POST", "/payment_links/\(id)/pay", "{}").status == 400)
        }
    }

    @Test(arguments: [
        "{}", #"{"amount":99}"#, #"{"amount":"500"}"#, #"{"amount":500,"first_min_partial_amount":100}"#,
        #"{"amount":500,"currency":"rupee"}"#, #"{"amount":500,"colour":"red"}"#, #"{"amount":500,"customer":"Asha"}"#,
    ])
    func refusesWhatAsksForNothing(body: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/payment_links", body)
            #expect(answer.status == 400)
            #expect(try await bench.api("GET", "/v1/payment_links/plink_0").status == 400)
        }
    }
}
