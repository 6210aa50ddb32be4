// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// Orders that may be paid in parts.
@Suite(.timeLimit(.minutes(1))) struct PartialPaymentTests {
    @Test func isPaidWithItsLastPart() async throws {
        try await withSandbox { bench in
            let order = try await bench.order(extra: #","partial_payment":true,"first_payment_min_amount":10000"#)
            #expect(try await bench.pay(order, "captured", extra: #","amount":9999"#).status == 400)
            #expect(try await bench.pay(order, "captured", extra: #","amount":129901"#).status == 400)
            #expect(try await bench.pay(order, "captured", extra: #","amount":10000"#).status == 200)
            let open = try await bench.api("GET", "/v1/orders/\(order)").json
            #expect(open["status"]?.string == "attempted")
            #expect(open["amount_due"]?.int == 119_900)
            #expect(try await bench.pay(order, "captured", extra: #","amount":119901"#).status == 400)
            #expect(try await bench.pay(order, "captured", extra: #","amount":1"#).status == 200)
            // Without an amount: what is due.
            #expect(try await bench.pay(order, "captured").status == 200)
            let paid = try await bench.api("GET", "/v1/orders/\(order)").json
            #expect(paid["status"]?.string == "paid")
            #expect(paid["amount_paid"]?.int == 129_900)
        }
    }

    @Test(arguments: [
        #""first_payment_min_amount":100"#, #""partial_payment":true,"first_payment_min_amount":1001"#,
        #""partial_payment":1"#,
        #""partial_payment":true,"transfers":[{"account":"acc_0","amount":100,"currency":"INR"}]"#,
    ])
    func refusesPartsThatDoNotFit(extra: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/orders", "{\"amount\":1000,\"currency\":\"INR\",\(extra)}")
            #expect(answer.status == 400)
        }
    }
}
