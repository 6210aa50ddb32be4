// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import TestSupport
import Testing

/// `mve reconcile` as an operator runs it, over books that the provider has not told everything: no webhook arrives, and no
/// server runs that would ask by itself.
@Suite(.timeLimit(.minutes(5)), .serialized) struct ReconcileProcessTests {
    @Test func whatNobodyToldIsMadeGoodOnce() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            let money = try await Self.untold(by: buyer)
            let first = try await Self.reconcile(shop)
            #expect(first.status == 0, "\(first.complaints)")
            #expect(
                first.output == """
                    1 matched, 2 missing here, 0 missing there, 0 with other amounts; 2 repaired, 0 open
                    repaired: payment \(money.payment) missing_here (captured there)
                    repaired: refund \(money.refund) missing_here (processed there, unknown here, now processed)

                    """)
            try await money.checkBooks(shop)
            let second = try await Self.reconcile(shop)
            #expect(second.status == 0)
            #expect(
                second.output
                    == "3 matched, 0 missing here, 0 missing there, 0 with other amounts; 0 repaired, 0 open\n")
            // What is told after all is nothing new.
            try await shop.start()
            try await shop.control("DELETE", "/control/faults")
            for event in try await ProviderLog(shop).undelivered.sorted() {
                try await shop.control("POST", "/control/webhooks/replay", #"{"event_id":"\#(event)"}"#)
            }
            try await shop.passTime { true }
            try await money.checkBooks(shop)
        }
    }

    @Test func aDisputeThatNobodyToldOfIsMadeGoodOnce() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            try await shop.start()
            let paid = try await buyer.paidOrder()
            try await shop.kill()
            try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
            let made = try await shop.control(
                "POST", "/control/disputes", #"{"payment_id":"\#(paid.providerPayment)"}"#)
            let dispute = try #require(try made.json["id"]?.string)
            try await shop.control("POST", "/control/disputes/\(dispute)/lost", "{}")
            let first = try await Self.reconcile(shop)
            #expect(first.status == 0, "\(first.complaints)")
            #expect(
                first.output == """
                    1 matched, 1 missing here, 0 missing there, 0 with other amounts; 1 repaired, 0 open
                    repaired: dispute \(dispute) missing_here (chargeback lost there, unknown here, now chargeback lost)

                    """)
            let second = try await Self.reconcile(shop)
            #expect(
                second.output
                    == "2 matched, 0 missing here, 0 missing there, 0 with other amounts; 0 repaired, 0 open\n")
            try await Comparison.checkBooks(shop, clearing: 0)
            try await Comparison.checkInvariants(shop)
        }
    }

    @Test func whatIsOfNoOrderOfOursStaysOpen() async throws {
        try await CrashShop.with { shop in
            let order = try await shop.asMerchant("POST", "/v1/orders", #"{"amount":700,"currency":"INR"}"#)
            let name = try #require(order["id"]?.string)
            let paid = try await shop.control("POST", "/control/orders/\(name)/pay", #"{"outcome":"captured"}"#)
            let payment = try #require(try paid.json["razorpay_payment_id"]?.string)
            let run = try await Self.reconcile(shop)
            #expect(run.status == 1)
            #expect(
                run.output == """
                    0 matched, 1 missing here, 0 missing there, 0 with other amounts; 0 repaired, 1 open
                    open: payment \(payment) missing_here (no order of ours)

                    """)
            let again = try await Self.reconcile(shop, ["--json"])
            #expect(again.status == 1)
            let json = try JSONDocument(parsing: Array(again.output.utf8)).root
            #expect(json["state"]?.string == "done" && json["open"]?.int == 1)
            #expect(json["differences"]?.elements?.map { $0["provider_id"]?.string } == [payment])
            #expect(try await shop.store.rows("select count(*) from ledger.entries;") == [["0"]])
        }
    }

    /// In development nothing has to be configured: the sandbox is asked that a server has started here.
    @Test func theSandboxOfAServerIsAskedWhereNothingIsConfigured() async throws {
        try await TestDatabase.with { database in
            try await ServerProcess.with(.init(databaseURL: database.url, startsSandbox: true)) { server in
                let file = try String(contentsOfFile: server.workingDirectory + "/sandbox.env", encoding: .utf8)
                let sandbox = try TestClient(url: try server.sandboxURL())
                let payment = try await Self.strangersPayment(sandbox, Self.settings(file))
                await sandbox.close()
                let since = Date(timeIntervalSinceNow: -3600).formatted(.iso8601)
                let run = try await MarketCommand.run(
                    ["reconcile", "--since", since],
                    environment: [
                        "MVE_DATA_DIR": server.workingDirectory, "DATABASE_URL": database.url,
                        "REDIS_URL": "redis://127.0.0.1:1",
                    ])
                #expect(run.status == 1, "\(run.complaints)")
                #expect(run.output.hasSuffix("open: payment \(payment) missing_here (no order of ours)\n"))
            }
        }
    }

    /// The lines of a `.env` file.
    private static func settings(_ text: String) -> [Substring: Substring] {
        let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(uniqueKeysWithValues: pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
    }

    /// A payment of an order that no shop made.
    private static func strangersPayment(
        _ sandbox: TestClient, _ settings: [Substring: Substring]
    ) async throws -> String {
        let user = try #require(settings["RAZORPAY_KEY_ID"])
        let password = try #require(settings["RAZORPAY_KEY_SECRET"])
        let credentials = Data("\(user):\(password)".utf8).base64EncodedString()
        let order = try await sandbox.post(
            "/v1/orders", #"{"amount":700,"currency":"INR"}"#, headers: [("Authorization", "Basic \(credentials)")])
        let id = try #require(try order.json["id"]?.string, "\(order.text)")
        let paid = try await sandbox.post("/control/orders/\(id)/pay", #"{"outcome":"captured"}"#)
        return try #require(try paid.json["razorpay_payment_id"]?.string)
    }

    /// None of these is the answer that something stays open.
    @Test func whoCannotCompareSaysSo() async throws {
        try await CrashShop.with { shop in
            let noProvider = try await MarketCommand.run(
                ["reconcile"], environment: shop.commandSettings.filter { !$0.key.hasPrefix("RAZORPAY_") })
            #expect(noProvider.status == 2 && noProvider.complaints.contains("RAZORPAY_KEY_ID"))
            let badDate = try await Self.reconcile(shop, ["--date", "2026-02-30"])
            #expect(badDate.status == 2)
            try await shop.control("POST", "/control/faults", #"{"status":400,"path":"/v1/payments"}"#)
            let refused = try await Self.reconcile(shop)
            #expect(refused.status == 3 && refused.output.isEmpty)
            #expect(refused.complaints.contains("the payment provider cannot be used"))
        }
    }

    /// Runs the command over the last hour, or over what the arguments say.
    private static func reconcile(_ shop: CrashShop, _ arguments: [String] = []) async throws -> MarketCommand {
        let since = Date(timeIntervalSinceNow: -3600).formatted(.iso8601)
        let span = arguments.contains("--date") ? [] : ["--since", since]
        return try await MarketCommand.run(["reconcile"] + span + arguments, environment: shop.commandSettings)
    }

    /// Has one order paid as it should be, and then, with nobody told, another paid and a part of the first given back in the
    /// provider's dashboard. No server is left.
    private static func untold(by buyer: Shopper) async throws -> Untold {
        let shop = buyer.shop
        try await shop.start()
        let known = try await buyer.paidOrder()
        let checkout = try await buyer.checkout(try await buyer.order())
        try await shop.kill()
        try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
        let payment = try await shop.pay(checkout, "captured")
        let made = try await shop.asMerchant(
            "POST", "/v1/payments/\(known.providerPayment)/refund", #"{"amount":\#(Untold.refunded)}"#)
        let refund = try #require(made["id"]?.string)
        try await shop.control("POST", "/control/refunds/\(refund)/processed")
        return Untold(known: known, checkout: checkout, payment: payment, refund: refund)
    }
}

/// What the provider has and did not tell.
private struct Untold: Sendable {
    static let refunded: Int64 = 500

    /// The order that something was given back of.
    let known: Captured
    let checkout: Checkout
    /// The provider's payment of the other one.
    let payment: String
    /// The provider's refund.
    let refund: String

    /// Everything is here, once.
    func checkBooks(_ shop: CrashShop) async throws {
        let rows = try await shop.store.rows(
            """
            select p.id, p.status, o.status, o.paid_minor, p.refunded_minor,
                   (select string_agg(e.kind, ' ' order by e.kind) from ledger.entries e where e.order_id = o.id)
              from payments.payments p join orders.orders o on o.id = p.order_id order by p.id;
            """)
        let captured = "payment_captured"
        #expect(
            rows.map { $0.joined(separator: "|") } == [
                "\(known.payment.rawValue)|partially_refunded|confirmed|\(known.amount)|\(Self.refunded)|"
                    + "\(captured) refund_approved refund_processed",
                "\(checkout.payment.rawValue)|captured|confirmed|\(checkout.amount)|0|\(captured)",
            ])
        try await Comparison.checkBooks(shop, clearing: known.amount + checkout.amount - Self.refunded)
        try await Comparison.checkInvariants(shop)
    }
}
