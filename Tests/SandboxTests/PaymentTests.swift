// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import Testing

@testable import Sandbox

/// What payers do, and what becomes of orders and payments.
@Suite(.timeLimit(.minutes(1))) struct PaymentTests {
    @Test func aCapturedPaymentPaysItsOrder() async throws {
        try await withSandbox { bench in
            let order = try await bench.order(extra: #","receipt":"r-1","notes":{"cart":"8812"}"#)
            let checkout = try await bench.pay(order, "captured")
            #expect(checkout.status == 200)
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            #expect(id.wholeMatch(of: /pay_[A-Za-z0-9]{14}/) != nil)
            #expect(checkout.json["razorpay_order_id"]?.string == order)
            let signature = HMACSHA256.code(Array("\(order)|\(id)".utf8), key: Array(SandboxBench.keySecret.utf8)).hex
            #expect(checkout.json["razorpay_signature"]?.string == signature)
            #expect(checkout.json.members?.count == 3)

            let payment = try await bench.api("GET", "/v1/payments/\(id)")
            let number = try #require(payment.json["acquirer_data"]?["rrn"]?.string)
            #expect(number.wholeMatch(of: /[0-9]{12}/) != nil)
            #expect(
                payment.text == "{\"id\":\"\(id)\",\"entity\":\"payment\",\"amount\":129900,\"currency\":\"INR\","
                    + "\"base_amount\":129900,\"status\":\"captured\",\"order_id\":\"\(order)\",\"invoice_id\":null,"
                    + "\"international\":false,\"method\":\"upi\",\"amount_refunded\":0,\"amount_transferred\":0,"
                    + "\"refund_status\":null,\"captured\":true,\"description\":\"Café & चाय / r-1\",\"card_id\":null,"
                    + "\"bank\":null,\"wallet\":null,\"vpa\":\"success@razorpay\",\"email\":\"asha@example.com\","
                    + "\"contact\":\"+919000000001\",\"notes\":{\"cart\":\"8812\"},\"fee\":3066,\"tax\":468,"
                    + "\"error_code\":null,\"error_description\":null,\"error_source\":null,\"error_step\":null,"
                    + "\"error_reason\":null,\"acquirer_data\":{\"rrn\":\"\(number)\"},\"created_at\":\(SandboxBench.start)}"
            )
            let paid = try await bench.api("GET", "/v1/orders/\(order)")
            #expect(paid.json["status"]?.string == "paid")
            #expect(paid.json["amount_paid"]?.int == 129_900)
            #expect(paid.json["amount_due"]?.int == 0)
            #expect(paid.json["attempts"]?.int == 1)
            let again = try await bench.pay(order, "captured")
            #expect(again.status == 400)
            #expect(again.errorText == "Payment already done for this order.")
        }
    }

    @Test func anAuthorizedPaymentIsCapturedOnceAndInFull() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let checkout = try await bench.pay(order, "authorized")
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            #expect(checkout.json["razorpay_signature"]?.string?.count == 64)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "attempted")
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["status"]?.string == "authorized")
            #expect(payment["captured"]?.bool == false)
            #expect(payment["fee"]?.isNull == true)
            #expect(
                try await bench.pay(order, "captured").errorText == "A payment of this order is authorized already.")
            func capture(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("POST", "/v1/payments/\(id)/capture", body)
            }
            #expect(
                try await capture(#"{"amount":129899,"currency":"INR"}"#).errorText
                    == "Capture amount must be equal to the amount authorized")
            #expect(try await capture(#"{"amount":129900,"currency":"USD"}"#).status == 400)
            #expect(try await capture(#"{"amount":129900}"#).errorText == "The currency field is required.")
            #expect(try await capture(#"{"currency":"INR"}"#).errorText == "The amount field is required.")
            let captured = try await capture(#"{"amount":129900,"currency":"INR"}"#)
            #expect(captured.json["status"]?.string == "captured")
            #expect(
                try await capture(#"{"amount":129900,"currency":"INR"}"#).errorText
                    == "This payment has already been captured")
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "paid")
            #expect(try await bench.api("GET", "/v1/payments").json["items"]?.elements?.count == 1)
        }
    }

    @Test func aFailedPaymentLeavesTheOrderOpen() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let checkout = try await bench.pay(order, "failed")
            #expect(checkout.status == 200)
            #expect(checkout.json["razorpay_signature"] == nil)
            #expect(checkout.error?["reason"]?.string == "payment_failed")
            let id = try #require(checkout.error?["metadata"]?["payment_id"]?.string)
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["status"]?.string == "failed")
            #expect(payment["error_code"]?.string == "BAD_REQUEST_ERROR")
            #expect(payment["acquirer_data"]?["rrn"]?.isNull == true)
            let capture = try await bench.api(
                "POST", "/v1/payments/\(id)/capture", #"{"amount":129900,"currency":"INR"}"#)
            #expect(
                capture.errorText
                    == "Only payments which have been authorized and not yet captured can be captured")
            #expect(try await bench.pay(order, "captured").status == 200)
            let payments = try await bench.api("GET", "/v1/orders/\(order)/payments").json
            #expect(payments["items"]?.elements?.compactMap { $0["status"]?.string } == ["captured", "failed"])
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["attempts"]?.int == 2)
        }
    }

    @Test(
        "a late authorization is captured by itself where the order says so",
        arguments: [
            ("", "captured", "paid"), (#","payment":{"capture":"manual"}"#, "authorized", "attempted"),
            (#","payment_capture":0"#, "authorized", "attempted"), (#","payment_capture":true"#, "captured", "paid"),
        ])
    func authorizesLate(extra: String, payment: String, order status: String) async throws {
        try await withSandbox { bench in
            let order = try await bench.order(extra: extra)
            let id = try #require(try await bench.pay(order, "failed").json["razorpay_payment_id"]?.string)
            let late = try await bench.control("POST", "/payments/\(id)/late-authorize", "{}")
            #expect(late.json["razorpay_signature"]?.string?.count == 64)
            let entity = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(entity["status"]?.string == payment)
            #expect(entity["error_code"]?.isNull == true)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == status)
            #expect(try await bench.control("POST", "/payments/\(id)/late-authorize").status == 400)
        }
    }

    @Test func aLateAuthorizationOnAPaidOrderIsNotCaptured() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let first = try #require(try await bench.pay(order, "failed").json["razorpay_payment_id"]?.string)
            _ = try await bench.pay(order, "captured")
            _ = try await bench.control("POST", "/payments/\(first)/late-authorize")
            #expect(try await bench.api("GET", "/v1/payments/\(first)").json["status"]?.string == "authorized")
            let capture = try await bench.api(
                "POST", "/v1/payments/\(first)/capture", #"{"amount":129900,"currency":"INR"}"#)
            #expect(capture.errorText == "The order of this payment is already paid")
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["amount_paid"]?.int == 129_900)
        }
    }

    @Test func anUnderpaidCaptureLeavesTheOrderOpenUntilTheRestComes() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            _ = try await bench.pay(order, "captured", extra: #","amount":129899"#)
            let open = try await bench.api("GET", "/v1/orders/\(order)").json
            #expect(open["status"]?.string == "attempted")
            #expect(open["amount_paid"]?.int == 129_899)
            #expect(open["amount_due"]?.int == 1)
            _ = try await bench.pay(order, "captured", extra: #","amount":1"#)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "paid")
        }
    }

    @Test func aPaymentInAnotherCurrencyPaysTheOrderAndSaysSo() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let checkout = try await bench.pay(order, "captured", extra: #","currency":"USD","amount":1"#)
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["currency"]?.string == "USD")
            #expect(payment["international"]?.bool == true)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "paid")
        }
    }

    @Test(arguments: [
        ("upi", "vpa", "rrn"), ("card", "card_id", "auth_code"), ("netbanking", "bank", "bank_transaction_id"),
        ("wallet", "wallet", "transaction_id"),
    ])
    func everyMethodHasItsMembers(method: String, member: String, acquirer: String) async throws {
        try await withSandbox { bench in
            let checkout = try await bench.pay(try await bench.order(), "captured", extra: ",\"method\":\"\(method)\"")
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            let payment = try await bench.api("GET", "/v1/payments/\(id)").json
            #expect(payment["method"]?.string == method)
            for name in ["vpa", "card_id", "bank", "wallet"] {
                #expect((payment[dynamic: name]?.string != nil) == (name == member))
            }
            #expect(payment["acquirer_data"]?.members?.map(\.name) == [acquirer])
        }
    }

    @Test(arguments: [
        #"{}"#, #"{"outcome":"perhaps"}"#, #"{"outcome":"captured","method":"barter"}"#,
        #"{"outcome":"captured","amount":0}"#, #"{"outcome":"captured","currency":"rupees"}"#,
        #"{"outcome":"captured","outcom":1}"#, #"{"outcome":1}"#,
    ])
    func refusesCheckoutsThatItDoesNotUnderstand(body: String) async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            #expect(try await bench.control("POST", "/orders/\(order)/pay", body).status == 400)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["attempts"]?.int == 0)
        }
    }
}
