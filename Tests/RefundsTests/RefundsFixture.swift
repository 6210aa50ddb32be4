// SPDX-License-Identifier: Apache-2.0
import Actors
import Foundation
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

@testable import Refunds

/// Refunds over a real database of their own, with a small shop of two sellers and a bank that does as it is told.
///
/// An order `n` is that of user `n`: a line of 3 units of 1,000 paise of either seller, order lines `n*1000+1` and `+2`, and the seller
/// orders have the same numbers.
final class RefundsFixture: Sendable {
    let base: RoutesFixture
    let bank = ScriptedBank()
    let jobs: JobRunner
    let submission: RefundSubmission
    let news: HearRefundNews
    /// Rows of stock that were told of after a commit.
    let restocked = Mutex<[StockRow]>([])
    /// Orders that were told of after a commit.
    let changed = Mutex<[OrderID]>([])

    /// Up to here one admin is enough.
    static let limit: Int64 = 5_000
    /// Two admins who may give refunds.
    static let (admin, second): (Int64, Int64) = (9001, 9002)

    private init(_ base: RoutesFixture) {
        self.base = base
        let provider = bank.provider
        let (pool, ids, logger) = (base.pool, base.ids, base.logger)
        let sink = Sink()
        submission = RefundSubmission(
            pool: pool, provider: provider, ids: ids, orderChanged: { sink.order($0) }, logger: logger)
        news = HearRefundNews(ids: ids)
        let checks = RefundChecks(
            pool: pool, provider: provider, news: news, orderChanged: { sink.order($0) }, logger: logger)
        var handlers = OwedRefunds(pool: pool, ids: ids, logger: logger).handlers
        handlers[RefundSubmission.kind] = { [submission] in try await submission.submit($0) }
        handlers[RefundChecks.kind] = { try await checks.check($0) }
        jobs = JobRunner(executor: base.loop, store: JobStore(postgres: pool), handlers: handlers, logger: logger)
        sink.fixture.withLock { $0 = self }
        base.serve(
            refundRoutes(
                RefundsDependencies(
                    pool: pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors, ids: ids,
                    secondAdminAbove: Self.limit, restocked: { sink.stock($0) })))
    }

    /// Breaks the circle of fixture and what tells it.
    private final class Sink: Sendable {
        let fixture = Mutex<RefundsFixture?>(nil)

        func order(_ id: OrderID) {
            fixture.withLock { $0 }?.changed.withLock { $0.append(id) }
        }

        func stock(_ rows: [StockRow]) {
            fixture.withLock { $0 }?.restocked.withLock { $0 += rows }
        }
    }

    static func with(_ body: @escaping @Sendable (RefundsFixture) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await base.database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await base.database.sql("select t.shop(2, 2, 1, 1000);" + bought)
            let fixture = RefundsFixture(base)
            try await body(fixture)
            #expect(try await base.database.sql(broken) == "")
        }
    }

    private static let broken = """
        select name, value from platform.invariants_v1() where not ok
        union all select name, value from platform.invariants_of_refunds_v1() where value <> 0;
        """

    /// An order, and what was captured for it.
    private static let bought = """
        create function t.bought(ord bigint, amount bigint) returns text language plpgsql as $$
        begin
          perform t.cart(ord, ord, '{100,200}');
          perform t.codes(jsonb_build_array(jsonb_build_object('id', ord, 'key', 'k' || ord, 'user', ord, 'cart', ord,
            'lines', jsonb_build_array(jsonb_build_array(200, 3, (select offer_version from inventory.stock where variant_id = 200)),
                                       jsonb_build_array(100, 3, (select offer_version from inventory.stock where variant_id = 100))))));
          perform checkout.initiate_v1(array[ord], array[ord], array[ord], 'razorpay');
          perform checkout.initiated_v1(array[ord], array['order_' || ord]);
          if amount > 0 then
            perform t.pay(jsonb_build_array(jsonb_build_object('event', 'e' || ord, 'po', 'order_' || ord, 'pp', 'pay_' || ord, 'amount', amount)));
          end if;
          return (select status from orders.orders where id = ord);
        end $$;
        """

    /// An order of 6,000 paise, for which so much was captured.
    func buy(_ order: Int64, paying amount: Int = 6_000) async throws {
        let status = try await sql("select t.bought(\(order), \(amount));")
        #expect(status == (amount == 6_000 ? "confirmed" : "pending_payment"))
    }

    /// What SQL prints, unaligned, without the last line's end.
    func sql(_ text: String) async throws -> String {
        try await base.database.sql(text).trimmingCharacters(in: .newlines)
    }
}

// MARK: Calls

extension RefundsFixture {
    /// A token of an admin with the right to refund, unless told otherwise.
    func token(_ user: Int64, _ permissions: Permissions = [.refundsWrite, .ordersRead]) async throws -> String {
        let isAdmin = user >= Self.admin
        return try await base.token(
            of: user, roles: isAdmin ? .admin : .customer, permissions: isAdmin ? permissions : [])
    }

    /// Asks for a refund; every request has a key of its own unless one is given.
    func ask(_ body: String, as user: Int64 = admin, key: String? = nil) async throws -> TestClient.Answer {
        try await base.send(
            "POST", "/api/admin/refund/", body, token: token(user), key: key ?? "key-\(base.ids.nextRawValue())")
    }

    /// Asks for something of an order.
    func refund(
        _ order: Int64, _ more: String = "", reason: String = "damaged", as user: Int64 = admin
    ) async throws -> TestClient.Answer {
        try await ask(
            #"{"order_id":"\#(OrderID(rawValue: order))","reason_code":"\#(reason)"\#(more)}"#, as: user)
    }

    func decide(
        _ id: String, _ decision: String, _ more: String = "", as user: Int64 = second, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await base.send(
            "POST", "/api/admin/refunds/decide/", #"{"id":"\#(id)","decision":"\#(decision)"\#(more)}"#,
            token: token(user), key: key)
    }

    func retry(_ id: String, as user: Int64 = admin, key: String? = nil) async throws -> TestClient.Answer {
        try await base.send("POST", "/api/admin/refunds/retry/", #"{"id":"\#(id)"}"#, token: token(user), key: key)
    }

    func get(_ target: String, as user: Int64) async throws -> TestClient.Answer {
        try await base.send("GET", target, token: token(user))
    }

    /// A line of an order as JSON: the first or second one.
    static func line(_ order: Int64, _ number: Int64, quantity: Int, amount: Int? = nil) -> String {
        let price = amount.map { #","amount":{"amount":\#($0),"currency":"INR"}"# } ?? ""
        return #"{"line_id":"\#(OrderLineID(rawValue: order * 1000 + number))","quantity":\#(quantity)\#(price)}"#
    }

    /// Status, round and failure of the refunds of an order, oldest first.
    func states(_ order: Int64) async throws -> String {
        try await sql(
            """
            select string_agg(status || ' ' || amount_minor || coalesce(' ' || failure_code, ''), ', ' order by id)
              from refunds.refunds where order_id = \(order);
            """)
    }

    /// The provider says of a dispute about an order's payment that it is this.
    ///
    /// - Parameter taking: minor units that were deducted.
    func dispute(_ order: Int64, _ status: String, taking amount: Int = 6_000) async throws {
        let code = try await sql(
            """
            select code from checkout.dispute_news_v2(nextval('t.ids'), array[nextval('t.ids'), nextval('t.ids'), nextval('t.ids')],
              'razorpay', 'disp_\(order)', 'pay_\(order)', null, 6000, 'INR', \(amount), 'fraud', 'chargeback', '\(status)', null, false,
              'razorpay', null);
            """)
        #expect(code == "0")
    }

    /// Has jobs that wait for their next attempt tried now.
    func workAtOnce() async throws {
        _ = try await sql("update platform.jobs set run_at = now() where state = 'ready';")
        await jobs.run()
    }
}
