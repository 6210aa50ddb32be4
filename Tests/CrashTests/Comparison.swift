// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// Compares everything that was acknowledged with the database and the provider, after all shoppers have their answers.
///
/// What the database holds beyond it is as wrong as what it lacks: every shopper asked until he was answered.
struct Comparison: Sendable {
    let shop: CrashShop
    let shoppers: [Shopper]
    /// nil where nobody gives anything back.
    var office: Office?

    /// How much was compared.
    struct Count: Sendable, CustomStringConvertible {
        var orders = 0
        var replays = 0
        var carts = 0
        var payments = 0
        var webhooks = 0
        var refunds = 0
        var disputes = 0
        var lost = 0
        var refusals = 0

        var description: String {
            "\(orders) orders, \(replays) replays, \(carts) carts, \(payments) payments, \(refunds) refunds, \(disputes) disputes "
                + "and \(webhooks) webhooks compared; "
                + "\(lost) attempts without an answer, \(refusals) refusals"
        }
    }

    /// Needs a running server, and leaves others in place of those that ran.
    func run() async throws -> Count {
        var count = Count()
        try await office?.close()
        try await finish()
        var reserved: [VariantID: Int] = [:]
        for shopper in shoppers {
            let orders = await shopper.orders
            for order in orders { reserved.merge(order.units, uniquingKeysWith: +) }
            try await compareOrders(shopper, orders)
            try await compareCart(shopper)
            try await comparePayments(shopper)
            count.orders += orders.count
            count.carts += 1
            count.payments += await shopper.captured.count
            count.lost += await shopper.lost
            count.refusals += await shopper.refusals
        }
        if let office {
            try await compareOffice(office)
            count.refunds = await office.refunds.count
            count.disputes = await office.disputes.count
            count.lost += await office.lost
            count.refusals += await office.refusals.values.reduce(0, +)
        }
        try await compareStock(reserved)
        count.webhooks = try await compareWebhooks()
        try await Self.checkInvariants(shop)
        // Answers come from the rows: what the servers kept in memory goes with them.
        try await shop.restart()
        try await shop.flushRedis()
        count.replays = try await compareReplays()
        // What was given again must not have done anything again.
        try await compareStock(reserved)
        if let office { try await compareOffice(office) }
        try await Self.checkInvariants(shop)
        return count
    }

    /// What must hold at every moment, also in the middle of everything.
    static func checkInvariants(_ shop: CrashShop) async throws {
        let broken = try await shop.store.rows("select name, value from platform.invariants_v4() where not ok;")
        #expect(broken == [])
    }

    /// All debits are all credits, and `psp_clearing` has what the provider has of ours.
    static func checkBooks(_ shop: CrashShop, clearing: Int64) async throws {
        let sums = try await shop.store.rows(
            """
            select coalesce(sum(debit_minor - credit_minor), 0),
                   coalesce(sum(debit_minor - credit_minor) filter (where account = 'psp_clearing'), 0) from ledger.lines;
            """)
        #expect(sums == [["0", "\(clearing)"]])
    }

    private func compareOrders(_ shopper: Shopper, _ orders: [KnownOrder]) async throws {
        let rows = try await shop.store.rows(
            """
            select o.id, o.total_minor, l.units, s.total
              from orders.orders o
              left join lateral (select sum(total_minor) total from orders.seller_orders where order_id = o.id) s on true
              left join lateral (select string_agg(variant_id || 'x' || quantity, ' ' order by variant_id) units
                                   from orders.order_lines where order_id = o.id) l on true
             where o.user_id = \(shopper.user) order by o.id;
            """)
        let known = orders.sorted { $0.id.rawValue < $1.id.rawValue }.map { order in
            let units = order.units.sorted { $0.key.rawValue < $1.key.rawValue }
            return
                "\(order.id.rawValue) \(order.total) \(units.map { "\($0.key.rawValue)x\($0.value)" }) \(order.total)"
        }
        let stored = rows.map { "\($0[0]) \($0[1]) \($0[2].split(separator: " ").map(String.init)) \($0[3])" }
        #expect(stored == known, "orders of shopper \(shopper.number)")
    }

    private func compareCart(_ shopper: Shopper) async throws {
        let cart = try await shopper.knownCart()
        let rows = try await shop.store.rows(
            """
            select c.version, l.variant_id, l.quantity from carts.carts c left join carts.cart_lines l on l.cart_id = c.id
             where c.user_id = \(shopper.user) order by l.variant_id;
            """)
        #expect(rows.first?[0] == "\(cart.version)", "cart of shopper \(shopper.number)")
        let stored = rows.filter { $0[1] != "" }.map { "\($0[1])x\($0[2])" }
        let units = cart.units.sorted { $0.key.rawValue < $1.key.rawValue }
        #expect(stored == units.map { "\($0.key.rawValue)x\($0.value)" }, "cart of shopper \(shopper.number)")
        let name = try await shop.store.rows("select full_name from accounts.users where id = \(shopper.user);")
        #expect(await name == [[Substring(shopper.name)]])
    }

    private func comparePayments(_ shopper: Shopper) async throws {
        let rows = try await shop.store.rows(
            """
            select p.order_id, p.id, p.provider_order_id, q.provider_payment_id, p.status, p.captured_minor, o.status, o.paid_minor,
                   (select count(*) from ledger.entries e
                     where e.kind = 'payment_captured' and e.reference = q.provider || ':' || q.provider_payment_id)
              from payments.payments p join orders.orders o on o.id = p.order_id
              left join payments.provider_payments q on q.payment_id = p.id
             where p.user_id = \(shopper.user) order by p.order_id;
            """)
        let refunds = await office?.refunds ?? []
        let known = await shopper.captured.sorted { $0.order.rawValue < $1.order.rawValue }.map { paid in
            let refunded = refunds.filter { $0.payment == paid.payment }.reduce(0) { $0 + $1.amount }
            return
                "\(paid.order.rawValue)|\(paid.payment.rawValue)|\(paid.providerOrder)|\(paid.providerPayment)|"
                + "\(Self.status(of: paid, refunded: refunded))|\(paid.amount)|confirmed|\(paid.amount)|1"
        }
        #expect(rows.map { $0.joined(separator: "|") } == known, "payments of shopper \(shopper.number)")
    }

    /// Reserved are the units of all orders: none has expired, none was cancelled.
    private func compareStock(_ reserved: [VariantID: Int]) async throws {
        let rows = try await shop.store.rows(
            "select variant_id, on_hand, reserved from inventory.stock order by variant_id;")
        let known = Goods.all.map { "\($0.variant.rawValue) \($0.stock) \(reserved[$0.variant] ?? 0)" }
        #expect(rows.map { $0.joined(separator: " ") } == known)
    }

    // MARK: Replays

    /// Every write that was acknowledged under a key is answered again with the same bytes.
    private func compareReplays() async throws -> Int {
        var answered: [(visitor: Visitor, keyed: [Acknowledged])] = []
        for shopper in shoppers { answered.append((shopper.visitor, await shopper.keyed)) }
        if let office { answered.append((office.visitor, await office.keyed)) }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for (visitor, keyed) in answered {
                group.addTask {
                    for first in keyed {
                        let again = try await visitor.send(first.wish).answer
                        #expect(
                            again.status == first.answer.status && again.body == first.answer.body && again.isReplay,
                            "first \(first.summary)\nthen \(again.status) \(again.text)")
                    }
                    return keyed.count
                }
            }
            return try await group.reduce(0, +)
        }
    }

    // MARK: Provider

    /// Lets the provider's time pass until everything that was begun has ended.
    private func finish() async throws {
        var paid: [Int64] = []
        for shopper in shoppers { paid += await shopper.captured.map(\.order.rawValue) }
        guard !paid.isEmpty else { return }
        let list = paid.map(String.init).joined(separator: ",")
        try await shop.passTime {
            // An event that came before its payment, or while a call of ours was under way, is taken again after a pause, which is
            // made to pass.
            let open = try await shop.store.rows(
                """
                update payments.events set next_match_at = now() where state = 'waiting';
                select (select count(*) from orders.orders where id in (\(list)) and payment_rank < 3),
                       (select count(*) from payments.events where state not in ('processed', 'ignored'));
                """)
            guard open == [["0", "0"]] else { return false }
            guard let office else { return true }
            return try await hasEnded(office)
        }
    }

    /// Every delivery that we acknowledged is in the inbox, and every receipt has one order at the provider.
    private func compareWebhooks() async throws -> Int {
        let log = try await ProviderLog(shop)
        let rows = try await shop.store.rows(
            "select event_id, state, event_type, coalesce(note, '') from payments.events;")
        let stored = Dictionary(rows.map { (String($0[0]), String($0[1])) }) { first, _ in first }
        #expect(log.acknowledged.filter { stored[$0] == nil } == [], "acknowledged and not in the inbox")
        #expect(rows.filter { !["processed", "ignored"].contains($0[1]) } == [], "events that nothing was done about")
        let conflicts = try await shop.store.rows("select count(*) from payments.event_conflicts;")
        #expect(conflicts == [["0"]])
        let twice = Dictionary(grouping: log.receipts) { $0 }.filter { $0.value.count > 1 }.keys
        #expect(twice.sorted() == [], "two orders at the provider for one attempt of ours")
        return log.acknowledged.count
    }
}
