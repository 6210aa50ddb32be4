// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// What becomes of payments that nobody captures.
@Suite(.timeLimit(.minutes(1))) struct CaptureWindowTests {
    private static let day = 86_400.0

    @Test func notCapturedInThreeDaysItGoesBack() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let id = try #require(try await bench.pay(order, "authorized").json["razorpay_payment_id"]?.string)
            try await bench.advance(seconds: 3 * Self.day - 1)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "authorized")
            try await bench.advance(seconds: 1)
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["status"]?.string == "refunded")
            #expect(payment["refund_status"]?.string == "full")
            #expect(payment["captured"]?.bool == false)
            #expect(payment["fee"]?.isNull == true)
            let received = await bench.receiver.take(2)
            #expect(try received.map { try $0.event() } == ["payment.authorized", "refund.created"])
            #expect(try received[1].json()["payload"]?["payment"]?["entity"]?["captured"]?.bool == false)
            try await bench.advance(seconds: 5)
            #expect(try await bench.receiver.take(1)[0].event() == "refund.processed")
            // The order is open, and nothing can be captured or refunded any more.
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "attempted")
            let capture = try await bench.api(
                "POST", "/v1/payments/\(id)/capture", #"{"amount":129900,"currency":"INR"}"#)
            #expect(capture.errorText == "The payment has been fully refunded already")
            #expect(try await bench.api("POST", "/v1/payments/\(id)/refund", "{}").status == 400)
            #expect(try await bench.pay(order, "captured").status == 200)
        }
    }

    @Test func theOrderSaysHowLongAndHowFast() async throws {
        try await withSandbox { bench in
            let options = #"{"manual_expiry_period":12,"refund_speed":"optimum"}"#
            let order = try await bench.order(
                extra: ",\"payment\":{\"capture\":\"manual\",\"capture_options\":\(options)}")
            _ = try await bench.pay(order, "success")
            try await bench.advance(seconds: 720)
            let refunds = try await bench.api("GET", "/v1/refunds").json["items"]?.elements
            #expect(refunds?.first?["speed_requested"]?.string == "optimum")
        }
    }

    @Test(arguments: [
        (#","payment":{"capture":"manual"}"#, "authorized"), (#","payment":{"capture":"automatic"}"#, "captured"),
    ])
    func successIsWhatTheOrderSays(extra: String, status: String) async throws {
        try await withSandbox { bench in
            let checkout = try await bench.pay(try await bench.order(extra: extra), "success")
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == status)
        }
    }

    @Test(arguments: [(720.0, "captured"), (721.0, "authorized")])
    func authorizedTooLateItIsNotCapturedByItself(seconds: Double, status: String) async throws {
        try await withSandbox { bench in
            let options = #"{"automatic_expiry_period":12,"manual_expiry_period":60}"#
            let order = try await bench.order(
                extra: ",\"payment\":{\"capture\":\"automatic\",\"capture_options\":\(options)}")
            let id = try #require(try await bench.pay(order, "failed").json["razorpay_payment_id"]?.string)
            try await bench.advance(seconds: seconds)
            _ = try await bench.control("POST", "/payments/\(id)/late-authorize")
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["status"]?.string == status)
            #expect(payment["late_authorized"]?.bool == true)
            try await bench.advance(seconds: 3600)
            let later = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(later["status"]?.string == (status == "captured" ? "captured" : "refunded"))
        }
    }

    @Test func aSecondLatePaymentOfAPaidOrderGoesBack() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let first = try #require(try await bench.pay(order, "failed").json["razorpay_payment_id"]?.string)
            _ = try await bench.pay(order, "captured")
            _ = try await bench.control("POST", "/payments/\(first)/late-authorize")
            try await bench.advance(seconds: 3 * Self.day)
            #expect(try await bench.api("GET", "/v1/payments/\(first)").json["status"]?.string == "refunded")
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["amount_paid"]?.int == 129_900)
        }
    }

    @Test(arguments: ["11", "4321", "\"12\""])
    func refusesWindowsThatTheProviderDoesNotHave(minutes: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api(
                "POST", "/v1/orders",
                "{\"amount\":100,\"currency\":\"INR\",\"payment\":{\"capture\":\"manual\",\"capture_options\":"
                    + "{\"manual_expiry_period\":\(minutes)}}}")
            #expect(answer.status == 400)
        }
    }
}
