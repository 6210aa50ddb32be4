// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import Testing

@testable import Sandbox

/// Money on its way back.
@Suite(.timeLimit(.minutes(1))) struct RefundTests {
    @Test func anEmptyBodyRefundsAll() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let refund = try await bench.api("POST", "/v1/payments/\(payment)/refund", "{}")
            #expect(refund.status == 200)
            #expect(refund.id.wholeMatch(of: /rfnd_[A-Za-z0-9]{14}/) != nil)
            #expect(
                refund.text == "{\"id\":\"\(refund.id)\",\"entity\":\"refund\",\"amount\":129900,\"currency\":\"INR\","
                    + "\"payment_id\":\"\(payment)\",\"notes\":[],\"receipt\":null,\"acquirer_data\":{\"arn\":null},"
                    + "\"created_at\":\(SandboxBench.start),\"batch_id\":null,\"status\":\"pending\","
                    + "\"speed_processed\":\"normal\",\"speed_requested\":\"normal\"}")
            let after = try await bench.api("GET", "/v1/payments/\(payment)").json
            #expect(after["status"]?.string == "refunded")
            #expect(after["refund_status"]?.string == "full")
            #expect(after["amount_refunded"]?.int == 129_900)
            #expect(after["captured"]?.bool == true)
            #expect(after["fee"]?.int == 3066)
            let order = try #require(after["order_id"]?.string)
            #expect(try await bench.api("GET", "/v1/orders/\(order)").json["status"]?.string == "paid")
            let again = try await bench.api("POST", "/v1/payments/\(payment)/refund", "{}")
            #expect(again.status == 400)
            #expect(again.errorText == "The payment has been fully refunded already")
        }
    }

    @Test func partsAreNeverMoreThanTheWhole() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            func refund(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("POST", "/v1/payments/\(payment)/refund", body)
            }
            let first = try await refund(
                #"{"amount":29900,"speed":"optimum","receipt":"ret-77","notes":{"line":"1"}}"#)
            #expect(first.json["speed_requested"]?.string == "optimum")
            #expect(first.json["speed_processed"]?.string == "instant")
            #expect(first.json["receipt"]?.string == "ret-77")
            #expect(first.json["notes"]?["line"]?.string == "1")
            var after = try await bench.api("GET", "/v1/payments/\(payment)").json
            #expect(after["status"]?.string == "captured")
            #expect(after["refund_status"]?.string == "partial")
            #expect(
                try await refund(#"{"amount":100001}"#).errorText
                    == "The total refund amount is greater than the refund payment amount")
            #expect(
                try await refund(#"{"amount":129901}"#).errorText
                    == "The refund amount provided is greater than amount captured")
            #expect(try await refund(#"{"amount":99}"#).errorText == "The amount must be at least INR 1.00.")
            let rest = try await refund("{}")
            #expect(rest.json["amount"]?.int == 100_000)
            after = try await bench.api("GET", "/v1/payments/\(payment)").json
            #expect(after["refund_status"]?.string == "full")
        }
    }

    @Test(arguments: [
        "100", "[]", #""x""#, #"{"amount":"100"}"#, #"{"amount":1.5}"#, #"{"amount":-100}"#, #"{"amount":0}"#,
        #"{"amount":99999999999999999999}"#, #"{"speed":"light"}"#, #"{"receipt":7}"#, #"{"notes":"n"}"#,
        #"{"amonut":100}"#, "{",
    ])
    func refusesWhatItDoesNotUnderstand(body: String) async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let answer = try await bench.api("POST", "/v1/payments/\(payment)/refund", body)
            #expect(answer.status == 400)
            #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
            #expect(try await bench.api("GET", "/v1/refunds").json["count"]?.int == 0)
        }
    }

    @Test(arguments: ["authorized", "failed"])
    func onlyWhatIsCapturedIsRefunded(outcome: String) async throws {
        try await withSandbox { bench in
            let checkout = try await bench.pay(try await bench.order(), outcome)
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            let answer = try await bench.api("POST", "/v1/payments/\(id)/refund", "{}")
            #expect(answer.status == 400)
            #expect(answer.errorText == "The payment status should be captured for action to be taken")
        }
    }

    @Test func listsFindsAndEdits() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let other = try await bench.captured()
            let first = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"amount":100}"#).id
            let second = try await bench.api(
                "POST", "/v1/refunds", "{\"payment_id\":\"\(payment)\",\"amount\":200}"
            ).id
            let third = try await bench.api("POST", "/v1/payments/\(other)/refund", "{}").id
            func ids(_ path: String) async throws -> [String]? {
                try await bench.api("GET", path).json["items"]?.elements?.compactMap { $0["id"]?.string }
            }
            #expect(try await ids("/v1/refunds") == [third, second, first])
            #expect(try await ids("/v1/refunds?count=1&skip=1") == [second])
            #expect(try await ids("/v1/payments/\(payment)/refunds") == [second, first])
            #expect(try await ids("/v1/payments/\(payment)/refunds?count=1") == [second])
            #expect(try await bench.api("GET", "/v1/payments/\(payment)/refunds/\(first)").id == first)
            #expect(try await bench.api("GET", "/v1/payments/\(other)/refunds/\(first)").status == 400)
            #expect(try await bench.api("GET", "/v1/refunds/\(first)").json["amount"]?.int == 100)
            let edited = try await bench.api("PATCH", "/v1/refunds/\(first)", #"{"notes":{"a":"b"}}"#)
            #expect(edited.json["notes"]?["a"]?.string == "b")
            #expect(try await bench.api("PATCH", "/v1/refunds/\(first)", #"{"amount":1}"#).status == 400)
            #expect(try await bench.api("PATCH", "/v1/refunds/\(first)", "{}").status == 400)
            for (method, path) in [
                ("GET", "/v1/refunds/rfnd_0"), ("PATCH", "/v1/refunds/rfnd_0"), ("GET", "/v1/payments/pay_0/refunds"),
                ("POST", "/v1/payments/pay_0/refund"), ("GET", "/v1/payments/\(payment)/refunds/rfnd_0"),
            ] {
                let body = method == "PATCH" ? #"{"notes":{}}"# : method == "POST" ? "{}" : nil
                let answer = try await bench.api(method, path, body)
                #expect(answer.status == 400)
                #expect(answer.errorText == "The id provided does not exist")
            }
            #expect(try await bench.api("POST", "/v1/refunds", "{}").errorText == "The payment_id field is required.")
        }
    }

    @Test(arguments: [("normal", 5.0), ("optimum", 1.0)])
    func isProcessedByTheClockAndTheReferenceComesLater(speed: String, seconds: Double) async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            _ = await bench.receiver.take(3)
            let id = try await bench.api("POST", "/v1/payments/\(payment)/refund", "{\"speed\":\"\(speed)\"}").id
            let created = try await bench.receiver.take(1)[0].json()
            #expect(created["event"]?.string == "refund.created")
            #expect(created["contains"]?.elements?.compactMap(\.string) == ["refund", "payment"])
            #expect(created["payload"]?["refund"]?["entity"]?["status"]?.string == "pending")
            #expect(created["payload"]?["payment"]?["entity"]?["refund_status"]?.string == "full")
            try await bench.advance(seconds: seconds - 0.1)
            #expect(try await bench.api("GET", "/v1/refunds/\(id)").json["status"]?.string == "pending")
            try await bench.advance(seconds: 0.1)
            let processed = try await bench.api("GET", "/v1/refunds/\(id)").json
            #expect(processed["status"]?.string == "processed")
            #expect(processed["acquirer_data"]?["arn"]?.isNull == true)
            #expect(try await bench.receiver.take(1)[0].event() == "refund.processed")
            try await bench.advance(seconds: 3600)
            let arn = try await bench.api("GET", "/v1/refunds/\(id)").json["acquirer_data"]?["arn"]?.string
            #expect(arn?.wholeMatch(of: /[0-9]{23}/) != nil)
            #expect(bench.receiver.left == 0)
        }
    }

    @Test func banksDecideByHand() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            _ = await bench.receiver.take(3)
            let id = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"speed":"optimum"}"#).id
            let slower = try await bench.control("POST", "/refunds/\(id)/speed_changed", "{}")
            #expect(slower.json["speed_processed"]?.string == "normal")
            #expect(slower.json["speed_requested"]?.string == "optimum")
            #expect(try await bench.control("POST", "/refunds/\(id)/speed_changed").status == 400)
            #expect(try await bench.control("POST", "/refunds/\(id)/processed").json["status"]?.string == "processed")
            #expect(
                try await bench.control("POST", "/refunds/\(id)/processed").errorText
                    == "The refund is processed already.")
            // The bank may still send it back.
            #expect(try await bench.control("POST", "/refunds/\(id)/failed").json["status"]?.string == "failed")
            #expect(try await bench.control("POST", "/refunds/\(id)/failed").status == 400)
            #expect(try await bench.control("POST", "/refunds/\(id)/lost").status == 400)
            #expect(try await bench.control("POST", "/refunds/rfnd_0/failed").status == 400)
            let events = try await bench.receiver.take(4).map { try $0.event() }
            #expect(events == ["refund.created", "refund.speed_changed", "refund.processed", "refund.failed"])
            let after = try await bench.api("GET", "/v1/payments/\(payment)").json
            #expect(after["status"]?.string == "captured")
            #expect(after["refund_status"]?.isNull == true)
            #expect(after["amount_refunded"]?.int == 0)
            // What failed is owed again, and the clock does not change what was decided.
            try await bench.advance(seconds: 7200)
            #expect(try await bench.api("GET", "/v1/refunds/\(id)").json["status"]?.string == "failed")
            #expect(try await bench.api("POST", "/v1/payments/\(payment)/refund", "{}").status == 200)
        }
    }

    @Test func aRefundInTheMiddleOfTheClockIsNotHeldUpByALaterOne() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let slow = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"amount":100}"#).id
            let fast = try await bench.api(
                "POST", "/v1/payments/\(payment)/refund", #"{"amount":100,"speed":"optimum"}"#
            ).id
            try await bench.advance(seconds: 1)
            // Without a call in between: a task waits for the moment.
            let entry = try await bench.logged { $0["event"]?.string == "refund.processed" }
            #expect(entry["body"]?.string?.contains(fast) == true)
            #expect(try await bench.api("GET", "/v1/refunds/\(slow)").json["status"]?.string == "pending")
        }
    }

    @Test func aRunningClockProcessesWithoutACall() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            _ = try await bench.api("POST", "/v1/payments/\(payment)/refund", "{}")
            #expect(try await bench.control("POST", "/clock", #"{"rate":1000}"#).status == 200)
            let received = await bench.receiver.take(5)
            #expect(try received.map { try $0.event() }.contains("refund.processed"))
        }
    }

    @Test func withoutRoomForItsEventARefundWaits() async throws {
        try await withSandbox(configure: { $0.limits.events = 6 }, reply: { _ in 500 }) { bench in
            let payment = try await bench.captured()
            let id = try await bench.api("POST", "/v1/payments/\(payment)/refund", "{}").id
            try await bench.advance(seconds: 5)
            #expect(try await bench.api("GET", "/v1/refunds/\(id)").json["status"]?.string == "pending")
            // A day later nobody waits any more.
            try await bench.advance(seconds: 86_400)
            _ = try await bench.logged { $0["note"]?.string?.contains("unacknowledged") == true }
            try await bench.advance(seconds: 60)
            let later = try await bench.logged { $0["event"]?.string == "refund.processed" }
            #expect(later["note"]?.string == "the address is switched off")
        }
    }

    @Test func aPaymentTakesSoManyRefunds() async throws {
        try await withSandbox(configure: { $0.limits.refundsPerPayment = 2 }) { bench in
            let payment = try await bench.captured()
            for expected in [200, 200, 400] {
                let answer = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"amount":100}"#)
                #expect(answer.status == expected)
            }
        }
    }

    @Test func refundsGoWithTheirPayment() throws {
        var limits = SandboxLimits()
        limits.orders = 1
        var book = OrderBook(ids: IDSource(.seeded(1)), limits: limits)
        let new = try NewOrder(
            RequestFields(JSONDocument(parsing: Array(#"{"amount":100,"currency":"INR"}"#.utf8)).root))
        let payment = try book.pay(try book.create(new, at: 0).id, CheckoutAttempt(.captured), at: 0).payment
        let refund = try book.refund(payment.id, NewRefund(), at: 0).refund
        _ = try book.create(new, at: 0)
        #expect(throws: ProviderError.self) { try book.refund(refund.id) }
        #expect(book.refunds.count == 0)
    }
}
