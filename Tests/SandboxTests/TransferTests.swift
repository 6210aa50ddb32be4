// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// Money on its way to linked accounts, and back.
@Suite(.timeLimit(.minutes(1))) struct TransferTests {
    private static func share(_ account: String, _ amount: Int, _ extra: String = "") -> String {
        "{\"account\":\"\(account)\",\"amount\":\(amount),\"currency\":\"INR\"\(extra)}"
    }

    private static func transfers(_ shares: String...) -> String {
        "\"transfers\":[\(shares.joined(separator: ","))]"
    }

    @Test func anOrdersTransfersBeginWhenItIsPaid() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            _ = await bench.receiver.take(2)
            let share = Self.share(account, 90_000, #","on_hold":true,"on_hold_until":1789600000,"notes":{"line":"1"}"#)
            let order = try await bench.api(
                "POST", "/v1/orders", "{\"amount\":129900,\"currency\":\"INR\",\(Self.transfers(share))}")
            let id = try #require(order.json["transfers"]?.elements?.first?["id"]?.string, "\(order.text)")
            #expect(id.wholeMatch(of: /trf_[A-Za-z0-9]{14}/) != nil)
            #expect(try await bench.api("GET", "/v1/transfers/\(id)").json["status"]?.string == "created")
            let payment = try #require(try await bench.pay(order.id, "captured").json["razorpay_payment_id"]?.string)
            _ = await bench.receiver.take(3)
            #expect(try await bench.api("GET", "/v1/transfers/\(id)").json["status"]?.string == "pending")
            #expect(try await bench.api("GET", "/v1/payments/\(payment)").json["amount_transferred"]?.int == 90_000)
            try await bench.advance(seconds: 5)
            let transfer = try await bench.api("GET", "/v1/transfers/\(id)").json
            #expect(transfer["status"]?.string == "processed")
            #expect(transfer["source"]?.string == order.id)
            #expect(transfer["recipient"]?.string == account)
            #expect(transfer["fees"]?.int == 212)
            #expect(transfer["tax"]?.int == 32)
            #expect(transfer["settlement_status"]?.string == "on_hold")
            #expect(transfer["on_hold_until"]?.int == 1_789_600_000)
            #expect(transfer["notes"]?["line"]?.string == "1")
            #expect(transfer["linked_account_notes"]?.elements?.isEmpty == true)
            #expect(transfer["error"]?["code"]?.isNull == true)
            let event = try await bench.receiver.take(1)[0].json()
            #expect(event["event"]?.string == "transfer.processed")
            #expect(event["account_id"]?.string == EventDraft.accountID)
            #expect(event["payload"]?["transfer"]?["entity"]?["id"]?.string == id)
            let listed = try await bench.api("GET", "/v1/payments/\(payment)/transfers").json
            #expect(listed["items"]?.elements?.compactMap { $0["id"]?.string } == [id])
            let shown = try await bench.api(
                "GET", "/v1/orders/\(order.id)?expand%5B%5D=transfers&expand%5B%5D=payments"
            ).json
            #expect(shown["transfers"]?["count"]?.int == 1)
            #expect(shown["payments"]?["count"]?.int == 1)
            #expect(try await bench.api("GET", "/v1/orders/\(order.id)?expand%5B%5D=x").status == 400)
        }
    }

    @Test func aPaymentSharesWhatIsLeftOfIt() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            let payment = try await bench.captured()
            func transfer(_ amount: Int) async throws -> SandboxBench.Answer {
                try await bench.api(
                    "POST", "/v1/payments/\(payment)/transfers", "{\(Self.transfers(Self.share(account, amount)))}")
            }
            // 129,900 less the fee of 3,066.
            #expect(
                try await transfer(126_835).errorText
                    == "The sum of amount requested for transfer is greater than the captured amount")
            let made = try await transfer(100_000)
            #expect(made.json["count"]?.int == 1)
            #expect(made.json["items"]?.elements?.first?["source"]?.string == payment)
            #expect(try await transfer(26_835).status == 400)
            #expect(try await transfer(26_834).status == 200)
            #expect(try await bench.api("GET", "/v1/transfers").json["count"]?.int == 2)
            #expect(
                try await bench.api("GET", "/v1/transfers?count=1&skip=1").json["items"]?.elements?.first?["amount"]?
                    .int == 100_000)
            let authorized = try #require(
                try await bench.pay(try await bench.order(), "authorized").json["razorpay_payment_id"]?.string)
            let early = try await bench.api(
                "POST", "/v1/payments/\(authorized)/transfers", "{\(Self.transfers(Self.share(account, 100)))}")
            #expect(early.errorText == "The payment status should be captured for action to be taken")
        }
    }

    @Test func accountsMustBeActiveForADay() async throws {
        try await withSandbox { bench in
            let (account, product) = try await bench.reviewedAccount()
            let payment = try await bench.captured()
            func transfer() async throws -> SandboxBench.Answer {
                try await bench.api(
                    "POST", "/v1/payments/\(payment)/transfers", "{\(Self.transfers(Self.share(account, 100)))}")
            }
            #expect(try await transfer().errorText == "The account is not activated.")
            _ = try await bench.control("POST", "/products/\(product)/activated")
            #expect(try await transfer().errorText == "The account cannot be paid in the first 24 hours.")
            try await bench.advance(seconds: 86_400)
            #expect(try await transfer().status == 200)
            _ = try await bench.api("DELETE", "/v2/accounts/\(account)", "{}")
            #expect(try await transfer().errorText == "The account is suspended.")
        }
    }

    @Test(arguments: [
        #""amount":100,"currency":"INR""#, #""account":"acc_0","amount":100,"currency":"INR""#,
        #""account":"A","currency":"INR""#, #""account":"A","amount":99,"currency":"INR""#,
        #""account":"A","amount":100"#, #""account":"A","amount":100,"currency":"USD""#,
        #""account":"A","amount":100,"currency":"INR","on_hold":"yes""#,
        #""account":"A","amount":100,"currency":"INR","on_hold_until":1789600000"#,
        #""account":"A","amount":100,"currency":"INR","on_hold":true,"on_hold_until":946684799"#,
        #""account":"A","amount":100,"currency":"INR","speed":1"#,
    ])
    func refusesWhatCannotBeTransferred(share: String) async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            let share = "{" + share.split(separator: "\"A\"").joined(separator: "\"\(account)\"") + "}"
            let payment = try await bench.captured()
            #expect(
                try await bench.api("POST", "/v1/payments/\(payment)/transfers", "{\"transfers\":[\(share)]}").status
                    == 400)
            #expect(try await bench.api("POST", "/v1/transfers", share).status == 400)
            let order = "{\"amount\":1000,\"currency\":\"INR\",\"transfers\":[\(share)]}"
            #expect(try await bench.api("POST", "/v1/orders", order).status == 400)
            #expect(try await bench.api("GET", "/v1/transfers").json["count"]?.int == 0)
        }
    }

    @Test func anOrderGivesNoMoreThanItIs() async throws {
        try await withSandbox(configure: { $0.limits.transfers = 2 }) { bench in
            let account = try await bench.payableAccount()
            func order(_ list: String, currency: String = "INR") async throws -> Int {
                try await bench.api("POST", "/v1/orders", "{\"amount\":1000,\"currency\":\"\(currency)\",\(list)}")
                    .status
            }
            let half = Self.share(account, 500)
            #expect(try await order(Self.transfers(half, half, Self.share(account, 100))) == 400)
            #expect(try await order(Self.transfers(half), currency: "USD") == 400)
            #expect(try await order(Self.transfers()) == 400)
            #expect(try await order(Self.transfers(half, half)) == 200)
            #expect(try await order(Self.transfers(half)) == 429)
        }
    }

    @Test func aDirectTransferTakesFromTheBalanceAndHonoursItsKey() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            func transfer(_ amount: Int, key: String? = nil) async throws -> SandboxBench.Answer {
                try await bench.send(
                    "POST", "/v1/transfers", Self.share(account, amount),
                    auth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret),
                    headers: key.map { [(name: "X-Transfer-Idempotency", value: $0)] } ?? [])
            }
            #expect(
                try await transfer(100).errorText
                    == "Your account does not have enough balance to carry out the transfer operation.")
            _ = try await bench.captured()
            let first = try await transfer(100, key: "key 1")
            #expect(first.json["source"]?.string == EventDraft.accountID)
            #expect(try await transfer(100, key: "key 1").id == first.id)
            #expect(try await transfer(101, key: "key 1").status == 409)
            #expect(try await transfer(100, key: "key").status == 400)
            #expect(try await transfer(100, key: String(repeating: "k", count: 37)).status == 400)
            #expect(try await transfer(100).id != first.id)
        }
    }

    @Test func holdsAreChangedUntilItIsSettled() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            _ = try await bench.captured()
            let id = try await bench.api("POST", "/v1/transfers", Self.share(account, 5000)).id
            try await bench.advance(seconds: 5)
            func edit(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("PATCH", "/v1/transfers/\(id)", body)
            }
            #expect(try await edit(#"{"on_hold":true}"#).json["settlement_status"]?.string == "on_hold")
            #expect(
                try await bench.control("POST", "/settlements", "{\"account_id\":\"\(account)\"}").errorText
                    == "There is nothing to settle.")
            #expect(try await edit("{}").errorText == "The on_hold field is required.")
            #expect(try await edit(#"{"on_hold":false,"on_hold_until":1789600000}"#).status == 400)
            #expect(try await edit(#"{"on_hold":true,"on_hold_until":4765046401}"#).status == 400)
            #expect(try await edit(#"{"amount":1}"#).status == 400)
            #expect(try await edit(#"{"on_hold":0}"#).json["settlement_status"]?.string == "pending")
            let settlement = try await bench.control("POST", "/settlements", "{\"account_id\":\"\(account)\"}")
            #expect(settlement.json["amount"]?.int == 5000)
            let settled = try await bench.api("GET", "/v1/transfers?recipient_settlement_id=\(settlement.id)").json
            #expect(settled["items"]?.elements?.first?["settlement_status"]?.string == "settled")
            #expect(try await edit(#"{"on_hold":true}"#).errorText == "The transfer is settled already.")
            #expect(
                try await bench.api("POST", "/v1/transfers/\(id)/reversals", "{}").errorText
                    == "The linked account does not have sufficient balance to process reversal.")
        }
    }

    @Test func isReversedInPartsAndInWhole() async throws {
        try await withSandbox(configure: { $0.limits.reversalsPerTransfer = 3 }) { bench in
            let account = try await bench.payableAccount()
            let payment = try await bench.captured()
            let made = try await bench.api(
                "POST", "/v1/payments/\(payment)/transfers", "{\(Self.transfers(Self.share(account, 5000)))}")
            let id = try #require(made.json["items"]?.elements?.first?["id"]?.string)
            func reverse(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("POST", "/v1/transfers/\(id)/reversals", body)
            }
            #expect(try await reverse("{}").errorText == "Only a processed transfer can be reversed.")
            try await bench.advance(seconds: 5)
            let first = try await reverse(#"{"amount":2000,"notes":{"a":"b"}}"#)
            #expect(first.id.hasPrefix("rvrsl_"))
            #expect(first.json["transfer_id"]?.string == id)
            #expect(first.json["customer_refund_id"]?.isNull == true)
            #expect(try await bench.api("GET", "/v1/transfers/\(id)").json["status"]?.string == "partially_reversed")
            #expect(try await bench.api("GET", "/v1/payments/\(payment)").json["amount_transferred"]?.int == 3000)
            #expect(try await reverse(#"{"amount":3001}"#).status == 400)
            #expect(try await reverse(#"{"amount":0}"#).status == 400)
            #expect(try await reverse(#"{"sum":1}"#).status == 400)
            #expect(try await reverse(#"{"amount":1}"#).status == 200)
            #expect(try await reverse("{}").json["amount"]?.int == 2999)
            let all = try await bench.api("GET", "/v1/transfers/\(id)").json
            #expect(all["status"]?.string == "reversed")
            #expect(all["amount_reversed"]?.int == 5000)
            #expect(try await reverse("{}").status == 400)
            let list = try await bench.api("GET", "/v1/transfers/\(id)/reversals?count=2").json
            #expect(list["items"]?.elements?.compactMap { $0["amount"]?.int } == [2999, 1])
            #expect(try await bench.api("GET", "/v1/transfers/trf_0").status == 400)
            #expect(try await bench.api("GET", "/v1/transfers/trf_0/reversals").status == 400)
        }
    }

    @Test func aTransferTakesSoManyReversals() async throws {
        try await withSandbox(configure: { $0.limits.reversalsPerTransfer = 1 }) { bench in
            let account = try await bench.payableAccount()
            _ = try await bench.captured()
            let id = try await bench.api("POST", "/v1/transfers", Self.share(account, 5000)).id
            try await bench.advance(seconds: 5)
            #expect(try await bench.api("POST", "/v1/transfers/\(id)/reversals", #"{"amount":1}"#).status == 200)
            #expect(try await bench.api("POST", "/v1/transfers/\(id)/reversals", #"{"amount":1}"#).status == 400)
        }
    }

    @Test func aFullRefundTakesTheSharesBack() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            let payment = try await bench.captured()
            _ = try await bench.api(
                "POST", "/v1/payments/\(payment)/transfers",
                "{\(Self.transfers(Self.share(account, 5000), Self.share(account, 7000)))}")
            func refund(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("POST", "/v1/payments/\(payment)/refund", body)
            }
            // Under way they cannot be reversed, and nothing is refunded.
            #expect(try await refund(#"{"reverse_all":true}"#).status == 400)
            try await bench.advance(seconds: 5)
            #expect(try await refund(#"{"amount":100,"reverse_all":true}"#).status == 400)
            let refunded = try await refund(#"{"reverse_all":1}"#)
            #expect(refunded.status == 200)
            let transfers = try await bench.api("GET", "/v1/payments/\(payment)/transfers").json["items"]?.elements
            #expect(transfers?.compactMap { $0["status"]?.string } == ["reversed", "reversed"])
            let id = try #require(transfers?.first?["id"]?.string)
            let reversals = try await bench.api("GET", "/v1/transfers/\(id)/reversals").json["items"]?.elements
            #expect(reversals?.first?["customer_refund_id"]?.string == refunded.id)
        }
    }

    @Test func isDecidedByHand() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            _ = try await bench.captured()
            _ = await bench.receiver.take(5)
            let id = try await bench.api("POST", "/v1/transfers", Self.share(account, 5000)).id
            let failed = try await bench.control("POST", "/transfers/\(id)/failed")
            #expect(failed.json["status"]?.string == "failed")
            #expect(failed.json["error"]?["reason"]?.string == "transfer_failed")
            #expect(try await bench.control("POST", "/transfers/\(id)/failed").status == 400)
            try await bench.advance(seconds: 5)
            #expect(try await bench.api("GET", "/v1/transfers/\(id)").json["status"]?.string == "failed")
            // The provider has tried again.
            #expect(try await bench.control("POST", "/transfers/\(id)/processed").json["status"]?.string == "processed")
            #expect(try await bench.control("POST", "/transfers/\(id)/processed").status == 400)
            #expect(try await bench.control("POST", "/transfers/\(id)/lost").status == 400)
            #expect(
                try await bench.events(2) == ["transfer.failed", "transfer.processed"])
        }
    }
}
