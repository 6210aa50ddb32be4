// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `POST /api/payments/initiate/` over a real database and a provider behind a socket.
@Suite(.timeLimit(.minutes(2)))
struct InitiatePaymentTests {
    private static func checkout(_ answer: PaymentsFixture.Answer) throws -> String? {
        try answer.json["checkout"]?["razorpay_order_id"]?.string
    }

    @Test func opensTheCheckout() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            let answer = try await shop.initiate(7)
            #expect(answer.status == 201)
            let json = try answer.json
            let payment = try #require(json["payment"]?["id"]?.string)
            #expect(json["provider"]?.string == "razorpay")
            #expect(json["payment"]?["status"]?.string == "initiated")
            #expect(json["payment"]?["amount"]?["amount"]?.int == 2000)
            #expect(json["payment"]?["order_id"]?.string == "\(OrderID(rawValue: 7))")
            #expect(json["payment"]?["provider_order_id"]?.string == "order_Prov1")
            let checkout = try #require(json["checkout"])
            #expect(checkout["key_id"]?.string == "rzp_test_fixture")
            #expect(checkout["amount"]?.int == 2000)
            #expect(checkout["currency"]?.string == "INR")
            #expect(checkout["prefill"]?["email"]?.string == "asha@example.org")
            #expect(checkout["notes"]?["payment_id"]?.string == payment)
            let sent = try JSONDocument(parsing: Array(try #require(shop.provider.calls.first).body.utf8)).root
            #expect(sent["receipt"]?.string == payment)
            #expect(payment.utf8.count <= 40)
            #expect(sent["amount"]?.int == 2000)
            #expect(sent["unique_receipt"]?.bool == true)
        }
    }

    @Test func theOpenAttemptIsReturnedAgain() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            let first = try await shop.initiate(7)
            let second = try await shop.initiate(7, key: "another")
            #expect(second.status == 200)
            #expect(try second.json["payment"]?["id"]?.string == first.json["payment"]?["id"]?.string)
            #expect(try Self.checkout(second) == Self.checkout(first))
            #expect(shop.provider.creations == 1)
        }
    }

    @Test func parallelCallsMakeOneProviderOrder() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            let answers = try await withThrowingTaskGroup(of: PaymentsFixture.Answer.self) { tasks in
                for number in 0..<12 { tasks.addTask { try await shop.initiate(7, key: "key-\(number)") } }
                return try await tasks.reduce(into: [PaymentsFixture.Answer]()) { $0.append($1) }
            }
            #expect(answers.filter { $0.status == 201 }.count == 1)
            #expect(answers.filter { $0.status == 200 }.count == 11)
            #expect(try Set(answers.map { try Self.checkout($0) }) == ["order_Prov1"])
            #expect(try await shop.sql("select count(*) from payments.payments;") == "1")
        }
    }

    @Test func aKeyIsReplayedByteForByteAndReusedNever() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            try await shop.order(8)
            let first = try await shop.initiate(7, key: "k")
            let again = try await shop.initiate(7, key: "k")
            #expect(again.status == 201)
            #expect(again.isReplay)
            #expect(again.response.body == first.response.body)
            let body = #"{"order_id":"\#(OrderID(rawValue: 8))"}"#
            let other = try await shop.call("POST", "/api/payments/initiate/", body, user: 7, key: "k")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func refusesWhatCannotBePaid() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            #expect(try await shop.initiate(7, user: 8).code == "not-found")
            #expect(try await shop.initiate(99).code == "not-found")
            let call = { (body: String) in try await shop.call("POST", "/api/payments/initiate/", body, user: 7) }
            #expect(try await call(#"{"order_id":"nonsense"}"#).code == "not-found")
            #expect(try await call(#"{}"#).code == "validation-failed")
            #expect(try await call(#"{"order_id":7}"#).code == "validation-failed")
            let id = OrderID(rawValue: 7)
            #expect(try await call(#"{"order_id":"\#(id)","method_hint":"gold"}"#).code == "validation-failed")
            #expect(
                try await call(#"{"order_id":"\#(id)","return_url":"javascript:alert(1)"}"#).code
                    == "validation-failed")
            let anonymous = try await shop.call("POST", "/api/payments/initiate/", #"{"order_id":"\#(id)"}"#)
            #expect(anonymous.code == "token-missing")
            _ = try await shop.sql("select t.make_due(array[7]);")
            #expect(try await shop.initiate(7).code == "order-expired")
            try await shop.payableOrder(8)
            #expect(try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_8")).status == 200)
            #expect(try await shop.initiate(8).code == "already-paid")
            try await shop.order(9)
            _ = try await shop.sql(
                "select count(*) from checkout.cancel_v1(array[9], array[9], 'user:9', 'changed my mind', null);")
            #expect(try await shop.initiate(9).code == "order-not-payable")
            #expect(shop.provider.calls.isEmpty)
        }
    }

    /// Nobody pays twice: what is set aside is captured, or given up, first.
    @Test func whileMoneyIsAuthorizedThereIsNothingToPay() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let failed = PaymentsFixture.event("payment.failed", order: "order_7", status: "failed")
            #expect(try await shop.deliver(failed, event: "evt_f").status == 200)
            #expect(try await shop.initiate(7, key: "retry").status == 201)
            let late = PaymentsFixture.event("payment.authorized", order: "order_7", status: "authorized")
            #expect(try await shop.deliver(late, event: "evt_a").status == 200)
            #expect(try await shop.initiate(7, key: "again").code == "order-not-payable", "not even the open attempt")
            _ = try await shop.sql("select count(*) from checkout.settle_authorized_v1('razorpay', 'pay_Sbx1', true);")
            #expect(try await shop.initiate(7, key: "then").status == 200)
            #expect(shop.provider.creations == 1)
        }
    }

    @Test(
        "a provider that fails leaves an intent, and the same key goes on with it",
        arguments: [(500, "{}"), (503, "down"), (429, "{}"), (401, "{}"), (200, "no json"), (200, "{}")])
    func aFailingProviderCanBeTriedAgain(status: Int, body: String) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            shop.provider.use { _ in (status, body) }
            let failed = try await shop.initiate(7, key: "k")
            #expect(failed.status == 503)
            #expect(failed.code == "payment-provider-unavailable")
            #expect(failed.response.header("Retry-After") != nil)
            #expect(try await shop.sql("select status from payments.payments;") == "created")
            shop.provider.use(nil)
            let answer = try await shop.initiate(7, key: "k")
            #expect((200...201).contains(answer.status))
            #expect(try Self.checkout(answer) == "order_Prov1")
            #expect(try await shop.sql("select count(*), min(status) from payments.payments;") == "1|initiated")
        }
    }

    @Test func anAnswerThatWasLostIsFoundByItsReceipt() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            let provider = shop.provider
            provider.use { call in
                guard call.method == "POST" else { return nil }
                _ = provider.answer(call)
                return (502, "the order was made, its answer was not")
            }
            let answer = try await shop.initiate(7)
            #expect(answer.status == 201)
            #expect(try Self.checkout(answer) == "order_Prov1")
            #expect(shop.provider.creations == 1)
        }
    }

    @Test func aReceiptThatIsKnownNamesItsOrder() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            let provider = shop.provider
            provider.use { call in
                guard call.method == "POST" else { return nil }
                _ = provider.answer(call)
                return (
                    400,
                    ScriptedProvider.failure(
                        "Order receipt should be unique.", metadata: #"{"order_id":"order_Prov1"}"#)
                )
            }
            #expect(try Self.checkout(try await shop.initiate(7)) == "order_Prov1")
        }
    }

    /// What ended the order while the provider was asked, and what is said of it.
    @Test(
        "an order that ends during the call is not to be paid",
        arguments: [
            (
                "select count(*) from checkout.cancel_v1(array[7], array[7], 'user:7', 'changed my mind', null);",
                "order-not-payable"
            ),
            ("select t.make_due(array[7]); select count(*) from checkout.expire_v1(10);", "order-expired"),
            ("select t.make_due(array[7]);", "order-expired"),
            (
                "select count(*) from checkout.initiated_v1((select array_agg(id) from payments.payments), array['order_Prov1']); "
                    + #"select t.paid('[{"event":"e1","po":"order_Prov1","pp":"pay_1","amount":2000}]');"#,
                "already-paid"
            ),
            // Money that does not pay the order says nothing of it: too late, or another amount.
            (
                "select count(*) from checkout.initiated_v1((select array_agg(id) from payments.payments), array['order_Prov1']); "
                    + "select t.make_due(array[7]); select count(*) from checkout.expire_v1(10); "
                    + #"select t.paid('[{"event":"e1","po":"order_Prov1","pp":"pay_1","amount":2000}]');"#,
                "order-expired"
            ),
            (
                "select count(*) from checkout.initiated_v1((select array_agg(id) from payments.payments), array['order_Prov1']); "
                    + #"select t.paid('[{"event":"e1","po":"order_Prov1","pp":"pay_1","amount":1999}]');"#,
                "order-not-payable"
            ),
        ])
    func anOrderThatEndsMeanwhileIsNotToBePaid(end: String, code: String) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            shop.provider.answerTogether(2)
            async let answered = shop.initiate(7, key: "k")
            while shop.provider.calls.isEmpty { _ = try await shop.sql("select 1;") }
            _ = try await shop.sql(end)
            shop.provider.answerTogether(1)
            let answer = try await answered
            #expect(answer.status == 409)
            #expect(answer.code == code)
            #expect(try Self.checkout(answer) == nil)
            #expect(
                try await shop.sql("select provider_order_id from payments.payments;") == "order_Prov1",
                "late money finds its attempt")
            let again = try await shop.initiate(7, key: "k")
            #expect(again.isReplay && again.response.body == answer.response.body)
        }
    }

    @Test func anOrderWithAnotherAmountIsNotOurs() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            shop.provider.use { _ in
                (200, #"{"id":"order_X","amount":1,"currency":"INR","receipt":null,"status":"created"}"#)
            }
            #expect(try await shop.initiate(7).code == "payment-provider-unavailable")
            #expect(try await shop.sql("select provider_order_id is null from payments.payments;") == "t")
        }
    }

    @Test func anAbandonedClaimIsTakenOverOnceItsLeaseIsOver() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            // What a process leaves that is killed during the call: claim and intent are there, and no answer.
            shop.provider.use { _ in (500, "{}") }
            #expect(try await shop.initiate(7, key: "k").status == 503)
            shop.provider.use(nil)
            _ = try await shop.initiate(7, key: "k")
            let orphan = { (lease: String) in
                _ = try await shop.sql(
                    """
                    update platform.idempotency_keys set state = 0, status = null, headers = null, body = null,
                           lease_until = now() + interval '\(lease)'
                     where digest not in (select key_digest from orders.orders);
                    """)
            }
            try await orphan("50 seconds")
            shop.forgetAnswers()
            #expect(try await shop.initiate(7, key: "k").code == "idempotency-in-progress")
            try await orphan("-1 second")
            let answer = try await shop.initiate(7, key: "k")
            #expect(answer.status == 200)
            #expect(try Self.checkout(answer) == "order_Prov1")
            let stored = try await shop.sql(
                "select state from platform.idempotency_keys where lease_until is null and status = 200;")
            #expect(stored == "1")
        }
    }
}
