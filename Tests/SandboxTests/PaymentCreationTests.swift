// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// Payments that the merchant's server begins, and what it can ask about them.
@Suite(.timeLimit(.minutes(1))) struct PaymentCreationTests {
    private static let card = #""method":"card","card":{"number":"4100 2800 0000 1007","cvv":"123"}"#

    private static func body(_ order: String, _ method: String, amount: Int = 129_900) -> String {
        "{\"amount\":\(amount),\"currency\":\"INR\",\"order_id\":\"\(order)\",\"email\":\"a@example.com\","
            + "\"contact\":\"+919000000002\",\(method)}"
    }

    private static func begin(_ bench: SandboxBench, _ method: String) async throws -> String {
        let answer = try await bench.api(
            "POST", "/v1/payments/create/json", body(try await bench.order(), method))
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(answer.json["razorpay_payment_id"]?.string)
    }

    @Test(arguments: [("123456", true), ("1234", true), ("12345678901", false), ("123", false), ("abcd", false)])
    func aOneTimePasswordDecides(password: String, succeeds: Bool) async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let begun = try await bench.api("POST", "/v1/payments/create/json", Self.body(order, Self.card))
            #expect(begun.status == 200)
            let actions = begun.json["next"]?.elements?.compactMap { $0["action"]?.string }
            #expect(actions == ["otp_generate", "otp_submit", "otp_resend"])
            let id = try #require(begun.json["razorpay_payment_id"]?.string)
            #expect(
                begun.json["next"]?.elements?[1]["url"]?.string == "\(bench.sandbox.url)/v1/payments/\(id)/otp/submit")
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "created")
            #expect(try await bench.api("POST", "/v1/payments/\(id)/otp_generate", "{}").status == 200)
            #expect(try await bench.api("POST", "/v1/payments/\(id)/otp/resend", "{}").status == 200)
            let answer = try await bench.api("POST", "/v1/payments/\(id)/otp/submit", "{\"otp\":\"\(password)\"}")
            #expect(answer.status == (succeeds ? 200 : 400))
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["status"]?.string == (succeeds ? "captured" : "failed"))
            #expect(payment["email"]?.string == "a@example.com")
            #expect(payment["contact"]?.string == "+919000000002")
            if succeeds { #expect(answer.json["razorpay_signature"]?.string?.count == 64) }
            #expect(try await bench.api("POST", "/v1/payments/\(id)/otp/submit", #"{"otp":"1234"}"#).status == 400)
            let card = try await bench.api("GET", "/v1/payments/\(id)/card").json
            #expect(card["last4"]?.string == "1007")
            #expect(card["entity"]?.string == "card")
        }
    }

    @Test func theNumberOfACardIsNotLogged() async throws {
        try await withSandbox { bench in
            _ = try await Self.begin(bench, Self.card)
            let log = try await bench.control("GET", "/log")
            #expect(log.text.contains("payments/create/json"))
            #expect(!log.text.contains("4100"))
        }
    }

    @Test(arguments: [("success@razorpay", "captured"), ("failure@razorpay", "failed")])
    func thePayersOfTheTestAddressesAnswer(address: String, status: String) async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let begun = try await bench.api(
                "POST", "/v1/payments/create/upi",
                Self.body(order, "\"method\":\"upi\",\"upi\":{\"flow\":\"collect\",\"vpa\":\"\(address)\"}"))
            let id = try #require(begun.json["razorpay_payment_id"]?.string)
            try await bench.advance(seconds: 9)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "created")
            try await bench.advance(seconds: 1)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == status)
        }
    }

    @Test func withoutAnAnswerOfTheBankItFailsAndMayStillBeAuthorized() async throws {
        try await withSandbox { bench in
            let id = try await Self.begin(bench, #""method":"upi","vpa":"asha@okbank""#)
            try await bench.advance(seconds: 600)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "failed")
            #expect(try await bench.receiver.take(1)[0].event() == "payment.failed")
            _ = try await bench.control("POST", "/payments/\(id)/late-authorize")
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "captured")
        }
    }

    @Test(arguments: ["captured", "authorized", "failed", "success"])
    func aPayerCompletesByHand(outcome: String) async throws {
        try await withSandbox { bench in
            let id = try await Self.begin(bench, #""method":"netbanking","bank":"HDFC""#)
            let answer = try await bench.control("POST", "/payments/\(id)/complete", "{\"outcome\":\"\(outcome)\"}")
            #expect(answer.json["razorpay_payment_id"]?.string == id)
            let status = outcome == "success" ? "captured" : outcome
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == status)
            #expect(
                try await bench.control("POST", "/payments/\(id)/complete", #"{"outcome":"captured"}"#).status == 400)
        }
    }

    @Test func ofTwoThatBeganTheSecondIsNotCaptured() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            var ids: [String] = []
            for _ in 0..<2 {
                let begun = try await bench.api(
                    "POST", "/v1/payments/create/json", Self.body(order, #""method":"wallet","wallet":"olamoney""#))
                ids.append(try #require(begun.json["razorpay_payment_id"]?.string))
            }
            for id in ids {
                _ = try await bench.control("POST", "/payments/\(id)/complete", #"{"outcome":"captured"}"#)
            }
            let payments = try await bench.api("GET", "/v1/orders/\(order)/payments").json["items"]?.elements
            #expect(payments?.compactMap { $0["status"]?.string } == ["authorized", "captured"])
        }
    }

    @Test(arguments: [
        #""method":"cash""#, #""method":"card""#, #""method":"card","card":{"number":"41x"}"#, #""method":"upi""#,
        #""method":"upi","vpa":"nobody""#, #""method":"netbanking""#, #""method":"wallet""#,
        #""method":"wallet","wallet":"olamoney","colour":"red""#,
    ])
    func refusesWhatCannotBePaidWith(method: String) async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            #expect(try await bench.api("POST", "/v1/payments/create/json", Self.body(order, method)).status == 400)
            let other = Self.body(order, #""method":"wallet","wallet":"olamoney""#, amount: 100)
            #expect(
                try await bench.api("POST", "/v1/payments/create/json", other).errorText
                    == "Your payment amount is different from your order amount.")
            let unknown = Self.body("order_0", #""method":"wallet","wallet":"olamoney""#)
            #expect(try await bench.api("POST", "/v1/payments/create/json", unknown).status == 400)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["attempts"]?.int == 0)
        }
    }

    @Test func upiTakesUPIOnly() async throws {
        try await withSandbox { bench in
            let body = Self.body(try await bench.order(), #""method":"wallet","wallet":"olamoney""#)
            #expect(try await bench.api("POST", "/v1/payments/create/upi", body).status == 400)
        }
    }

    @Test(arguments: [
        ("success@razorpay", 200), ("asha.rao-1@ok", 200), ("asha", 400), ("a@b@c", 400), ("@ok", 400), ("", 400),
    ])
    func addressesAreChecked(address: String, status: Int) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/payments/validate/vpa", "{\"vpa\":\"\(address)\"}")
            #expect(answer.status == status)
            if status == 200 { #expect(answer.json["success"]?.bool == true) }
        }
    }

    @Test func notesAreEditedAndCardsExpanded() async throws {
        try await withSandbox { bench in
            let card = try await bench.captured(extra: #","method":"card""#)
            let upi = try await bench.captured()
            let edited = try await bench.api("PATCH", "/v1/payments/\(card)", #"{"notes":{"a":"b"}}"#)
            #expect(edited.json["notes"]?["a"]?.string == "b")
            #expect(
                try await bench.api("PATCH", "/v1/payments/\(card)", #"{"notes":{}}"#).json["notes"]?.elements?.isEmpty
                    == true)
            #expect(try await bench.api("PATCH", "/v1/payments/\(card)", #"{"amount":1}"#).status == 400)
            #expect(try await bench.api("PATCH", "/v1/payments/pay_0", #"{"notes":{}}"#).status == 400)
            let shown = try await bench.api("GET", "/v1/payments/\(card)?expand%5B%5D=card&expand%5B%5D=emi").json
            #expect(shown["card"]?["id"]?.string == shown["card_id"]?.string)
            #expect(shown["emi"]?.isNull == true)
            let list = try await bench.api("GET", "/v1/payments?expand%5B%5D=card&expand%5B%5D=offers").json
            #expect(list["items"]?.elements?[0]["card"]?.isNull == true)
            #expect(list["items"]?.elements?[1]["card"]?["last4"]?.string == "1007")
            #expect(list["items"]?.elements?[1]["offers"]?["count"]?.int == 0)
            #expect(try await bench.api("GET", "/v1/payments/\(card)?expand%5B%5D=dog").status == 400)
            #expect(
                try await bench.api("GET", "/v1/payments/\(upi)/card").errorText == "The payment was not made by card.")
        }
    }

    @Test func methodsAndDowntimes() async throws {
        try await withSandbox { bench in
            let methods = try await bench.api("GET", "/methods").json
            #expect(methods["entity"]?.string == "methods")
            #expect(methods["upi"]?.bool == true)
            #expect(try await bench.api("GET", "/v1/payments/downtimes").json["count"]?.int == 0)
            let id = try await bench.control(
                "POST", "/downtimes", #"{"method":"netbanking","instrument":"HDFC","severity":"low"}"#
            ).id
            let changed = try await bench.control("POST", "/downtimes/\(id)/updated", #"{"severity":"high"}"#)
            #expect(changed.json["severity"]?.string == "high")
            #expect(try await bench.api("GET", "/v1/payments/downtimes/\(id)").json["status"]?.string == "started")
            #expect(try await bench.control("POST", "/downtimes/\(id)/resolved").json["status"]?.string == "resolved")
            #expect(try await bench.control("POST", "/downtimes/\(id)/resolved").status == 400)
            #expect(try await bench.api("GET", "/v1/payments/downtimes").json["count"]?.int == 1)
            #expect(try await bench.api("GET", "/v1/payments/downtimes/down_0").status == 400)
            let events = await bench.receiver.take(3)
            #expect(
                try events.map { try $0.event() }
                    == ["payment.downtime.started", "payment.downtime.updated", "payment.downtime.resolved"])
            #expect(
                try events[0].json()["payload"]?["payment.downtime"]?["entity"]?["instrument"]?["bank"]?.string
                    == "HDFC")
            for body in ["{}", #"{"method":"barter"}"#, #"{"method":"upi","severity":"dire"}"#] {
                #expect(try await bench.control("POST", "/downtimes", body).status == 400)
            }
        }
    }
}
