// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import TestSupport
import Testing

/// Two servers on one database get the provider's events none to three times each, shuffled, at either of them at once, while
/// one is killed and comes back; what nobody told is asked for. Everything adds up at the end.
///
/// `MVE_CRASH_SEED` makes another storm.
@Suite(.timeLimit(.minutes(10)), .serialized) struct EventStormTests {
    @Test func whateverIsDeliveredItAddsUp() async throws {
        try await CrashShop.with(servers: 2) { shop in
            let world = StormWorld(shop: shop, seed: RandomKillTests.setting("MVE_CRASH_SEED", default: 1))
            for number in 0..<2 { try await shop.start(number) }
            try await world.haveOrdersPaid()
            try await world.storm(kills: 0)
            try await world.untilAllIsPaid()
            try await world.haveMoneyGoBack()
            try await world.storm(kills: 1)
            // What was told of no refund at all is found as on any other day.
            let since = Date(timeIntervalSinceNow: -3600).formatted(.iso8601)
            let reconciled = try await MarketCommand.run(
                ["reconcile", "--since", since], environment: shop.commandSettings)
            #expect(reconciled.status == 0, "\(reconciled.output)\(reconciled.complaints)")
            try await world.check()
            print("a storm: \(await world.summary); \(reconciled.output)")
        }
    }
}

/// Orders, their money at the provider, and what was told of it.
private actor StormWorld {
    private let shop: CrashShop
    private let postman: Postman
    private var random: SeededRandom
    private var buyers: [Shopper] = []
    private var paid: [Captured] = []
    private var refunds: [(id: String, payment: PaymentID, amount: Int64)] = []
    private var disputes: [Office.KnownDispute] = []
    private var delivered: Set<String> = []
    private var letters = 0

    private static let ordersMax = 24

    init(shop: CrashShop, seed: Int) {
        self.shop = shop
        postman = Postman(shop: shop)
        random = SeededRandom(seed: UInt64(seed))
    }

    var summary: String {
        "\(letters) deliveries of \(delivered.count) events, \(refunds.count) refunds, \(disputes.count) disputes"
    }

    // MARK: What happens at the provider

    /// Every third payer has a payment fail first. Nobody tells us anything.
    func haveOrdersPaid() async throws {
        try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
        buyers = try await Shopper.make(4, in: shop)
        for number in 0..<Self.ordersMax {
            let buyer = buyers[number % buyers.count]
            let checkout = try await buyer.checkout(try await buyer.order())
            if number.isMultiple(of: 3) { _ = try await shop.pay(checkout, "failed") }
            let payment = try await shop.pay(checkout, "captured")
            paid.append(
                Captured(
                    order: checkout.order, payment: checkout.payment, providerOrder: checkout.providerOrder,
                    providerPayment: payment, amount: checkout.amount))
        }
    }

    /// Refunds from the provider's dashboard of every second payment, disputes of every third; some of both.
    func haveMoneyGoBack() async throws {
        for (number, money) in paid.enumerated() {
            if number.isMultiple(of: 3) { try await dispute(money, number) }
            guard number.isMultiple(of: 2) else { continue }
            let amount = 200 + Int64(number)
            let made = try await shop.asMerchant(
                "POST", "/v1/payments/\(money.providerPayment)/refund", #"{"amount":\#(amount)}"#)
            let id = try #require(made["id"]?.string)
            try await shop.control("POST", "/control/refunds/\(id)/processed")
            refunds.append((id, money.payment, amount))
        }
    }

    private func dispute(_ money: Captured, _ number: Int) async throws {
        let opened = try await shop.control(
            "POST", "/control/disputes", #"{"payment_id":"\#(money.providerPayment)","amount":\#(money.amount / 2)}"#)
        let id = try #require(try opened.json["id"]?.string)
        let decision = ["won", "lost", "closed"][number / 3 % 3]
        let ended = try await shop.control("POST", "/control/disputes/\(id)/\(decision)")
        disputes.append(
            Office.KnownDispute(
                id: id, order: money.order, amount: money.amount / 2, status: decision,
                deducted: try #require(try ended.json["amount_deducted"]?.int64)))
    }

    // MARK: What is told

    /// Delivers every event there has been 0…3 times, and kills a server in the middle. The end of a dispute is told once at
    /// least: of one that nobody has told us about nobody asks.
    func storm(kills victim: Int) async throws {
        var bag: [Postman.Letter] = []
        for event in try await ProviderLog(shop).mail {
            let isEnd = ["won", "lost", "closed"].contains { event.name == "payment.dispute.\($0)" }
            for _ in 0..<Int.random(in: (isEnd ? 1 : 0)...3, using: &random) {
                bag.append(
                    Postman.Letter(event: event.id, body: event.body, server: Int.random(in: 0...1, using: &random)))
                delivered.insert(event.id)
            }
        }
        bag.shuffle(using: &random)
        letters += bag.count
        let shop = shop
        try await postman.deliver(bag) {
            try await shop.kill(victim)
            try await Comparison.checkInvariants(shop)
            try await shop.start(victim)
        }
        try await Comparison.checkInvariants(shop)
    }

    /// The servers ask about attempts of which they heard nothing; the test makes the time of it come.
    func untilAllIsPaid() async throws {
        _ = try await shop.store.sql("update payments.payments set next_check_at = now() where rank < 3;")
        try await shop.until("select (count(*) = \(paid.count))::int from orders.orders where payment_rank >= 3;")
    }

    // MARK: What it comes to

    func check() async throws {
        try await checkInbox()
        try await checkPayments()
        try await checkRefunds()
        try await Comparison(shop: shop, shoppers: buyers).compareDisputes(disputes)
        let captured = paid.reduce(0) { $0 + $1.amount }
        let gone = refunds.reduce(0) { $0 + $1.amount } + disputes.reduce(0) { $0 + $1.deducted }
        try await Comparison.checkBooks(shop, clearing: captured - gone)
        try await Comparison.checkInvariants(shop)
    }

    /// A row for each event that was delivered, and no other.
    private func checkInbox() async throws {
        let rows = try await shop.store.rows(
            "select event_id, state from payments.events order by event_id collate \"C\";")
        #expect(rows.map { String($0[0]) } == delivered.sorted())
        #expect(rows.filter { !["processed", "ignored"].contains($0[1]) } == [])
        #expect(try await shop.store.rows("select count(*) from payments.event_conflicts;") == [["0"]])
    }

    /// Each order is paid once, however often it was told.
    private func checkPayments() async throws {
        let rows = try await shop.store.rows(
            """
            select p.id, q.provider_payment_id, p.status, p.captured_minor, o.status, o.paid_minor,
                   (select count(*) from ledger.entries e
                     where e.kind = 'payment_captured' and e.reference = q.provider || ':' || q.provider_payment_id),
                   (select count(*) from ledger.entries e where e.kind = 'payment_captured' and e.order_id = o.id),
                   (select count(*) from platform.outbox x where x.type = 'order.confirmed' and x.aggregate_id = o.id)
              from payments.payments p join orders.orders o on o.id = p.order_id
              join payments.provider_payments q on q.payment_id = p.id and q.rank >= 3 order by p.id;
            """)
        let known = paid.sorted { $0.payment.rawValue < $1.payment.rawValue }.map { money in
            let refunded = refunds.filter { $0.payment == money.payment }.reduce(0) { $0 + $1.amount }
            return
                "\(money.payment.rawValue)|\(money.providerPayment)|\(Comparison.status(of: money, refunded: refunded))|"
                + "\(money.amount)|confirmed|\(money.amount)|1|1|1"
        }
        #expect(rows.map { $0.joined(separator: "|") } == known)
    }

    private func checkRefunds() async throws {
        let rows = try await shop.store.rows(
            """
            select r.provider_refund_id, r.payment_id, r.amount_minor, r.status,
                   (select count(*) from ledger.entries e where e.kind = 'refund_approved' and e.reference = r.id::text),
                   (select count(*) from ledger.entries e where e.kind = 'refund_processed' and e.reference = r.id::text)
              from refunds.refunds r order by r.provider_refund_id collate "C";
            """)
        let known = refunds.sorted { $0.id < $1.id }.map { refund in
            "\(refund.id)|\(refund.payment.rawValue)|\(refund.amount)|processed|1|1"
        }
        #expect(rows.map { $0.joined(separator: "|") } == known)
    }
}
