// SPDX-License-Identifier: Apache-2.0
import HTTP
import Ledger
import Logging
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

@Suite struct LedgerReadsTests {
    private static func someEntries(_ shop: LedgerFixture) async throws {
        try await shop.book(
            "payment_captured", "razorpay:pay_1", [("psp_clearing", 1000, 0), ("order_funds:5", 0, 1000)], order: 5,
            payment: 6)
        try await shop.book("earned", "7", [("order_funds:5", 1000, 0), ("seller_pending:11", 0, 1000)], order: 5)
        try await shop.book(
            "psp_settled", "razorpay:s1", [("bank", 900, 0), ("psp_fees", 100, 0), ("psp_clearing", 0, 1000)])
        try await shop.book("credit_paid", "n1", [("bank", 50, 0), ("buyer_receivable:77:11", 0, 50)])
        try await shop.book("cod_remitted", "quick:1", [("bank", 5, 0), ("cod_receivable:quick", 0, 5)])
    }

    /// All pages of a list: "account balance" each.
    private static func balances(_ shop: LedgerFixture, _ query: String) async throws -> [String] {
        var found: [String] = []
        var cursor = ""
        repeat {
            let page = try await shop.get("ledger/accounts/?\(query)\(cursor)").json
            found += (page["data"]?.elements ?? []).map {
                "\($0["account"]?.string ?? "") \($0["balance"]?["amount"]?.int ?? -1)"
            }
            cursor = page["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return found
    }

    @Test func accountsPageByPage() async throws {
        try await LedgerFixture.with { shop in
            try await Self.someEntries(shop)
            let (seller, company) = (LedgerFixture.seller, CompanyID(rawValue: 77))
            let all = [
                "bank 955", "buyer_receivable:\(company):\(seller) -50", "cod_receivable:quick -5",
                "order_funds:\(OrderID(rawValue: 5)) 0", "psp_clearing 0", "psp_fees 100",
                "seller_pending:\(seller) -1000",
            ]
            #expect(try await Self.balances(shop, "limit=2") == all)
            #expect(try await Self.balances(shop, "class=psp_clearing") == ["psp_clearing 0"])
            #expect(try await Self.balances(shop, "class=seller_pending&limit=1") == ["seller_pending:\(seller) -1000"])
            // With sums up to some entry and lines after it, the balances are the same.
            _ = try await shop.base.pool.query("select ledger.snapshot_step_v1(9223372036854775807, 3)")
            #expect(try await Self.balances(shop, "limit=3") == all)
            let unknown = try await shop.get("ledger/accounts/?class=nothing")
            #expect(unknown.status == 422)
        }
    }

    @Test func snapshotsStayAnHourBehind() async throws {
        try await LedgerFixture.with { shop in
            try await Self.someEntries(shop)
            let loop = shop.base.loop
            let late = LateClock(by: .seconds(3601))
            for (clock, sums) in [(SystemClock(), "0"), (late, "6")] as [(any WallClock, String)] {
                await LedgerSnapshots(
                    executor: loop, clock: loop, wall: clock, client: shop.base.pool, logger: shop.base.logger
                ).stepWhenDue()
                let found = try await shop.base.row("select count(*) from ledger.snapshots")
                #expect(found == sums)
            }
            #expect(try await shop.base.row("select ledger.snapshots_drift_v1()") == "0")
        }
    }

    private struct LateClock: WallClock {
        let by: Duration

        func now() -> Timestamp { SystemClock().now() + by }
    }

    @Test func entriesByFilter() async throws {
        try await LedgerFixture.with { shop in
            try await Self.someEntries(shop)
            func kinds(_ query: String) async throws -> [String] {
                let answer = try await shop.get("ledger/entries/?\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return try answer.json["data"]?.elements?.map { $0["kind"]?.string ?? "" } ?? []
            }
            let order = OrderID(rawValue: 5)
            #expect(
                try await kinds("") == ["cod_remitted", "credit_paid", "psp_settled", "earned", "payment_captured"])
            #expect(try await kinds("account=psp_clearing") == ["psp_settled", "payment_captured"])
            #expect(try await kinds("account=order_funds:\(order)&kind=earned") == ["earned"])
            #expect(try await kinds("order_id=\(order)") == ["earned", "payment_captured"])
            #expect(try await kinds("created_from=2090-01-01T00:00:00Z").isEmpty)
            #expect(try await kinds("created_to=2025-01-01T00:00:00Z").isEmpty)
            #expect(try await kinds("created_from=2025-01-01T00:00:00Z&created_to=2090-01-01T00:00:00Z").count == 5)
            let first = try await shop.get("ledger/entries/?limit=2").json
            let cursor = try #require(first["page"]?["next_cursor"]?.string)
            #expect(try await kinds("limit=2&cursor=\(cursor)") == ["psp_settled", "earned"])
            let foreign = try await shop.get("ledger/entries/?kind=earned&cursor=\(cursor)")
            #expect(foreign.status == 400)
            let earned = try await shop.get("ledger/entries/?kind=earned").json["data"]?[0]
            #expect(earned?["lines"]?[0]?["account"]?.string == "order_funds:\(order)")
            #expect(earned?["lines"]?[0]?["debit"]?["amount"]?.int == 1000 && earned?["lines"]?[0]?["credit"] == nil)
            for (query, status) in [
                ("account=nobody", 422), ("kind=A", 422), ("order_id=x", 404), ("created_to=now", 422),
            ] {
                let answer = try await shop.get("ledger/entries/?\(query)")
                #expect(answer.status == status)
            }
        }
    }

    @Test func aTraceSumsToNothing() async throws {
        try await LedgerFixture.with { shop in
            try await Self.someEntries(shop)
            try await shop.book(
                "refund_approved", "8", [("seller_pending:11", 400, 0), ("refund_clearing", 0, 400)], order: 5,
                payment: 6)
            let order = try await shop.get("ledger/trace/?order_id=\(OrderID(rawValue: 5))").json
            #expect(
                order["groups"]?.elements?.map { $0["kind"]?.string } == [
                    "payment_captured", "earned", "refund_approved",
                ])
            #expect(order["sum"]?["amount"]?.int == 0)
            let accounts = order["accounts"]?.elements?.map {
                "\($0["account"]?.string ?? "") \($0["balance"]?["amount"]?.int ?? -1)"
            }
            #expect(
                accounts == [
                    "order_funds:\(OrderID(rawValue: 5)) 0", "psp_clearing 1000", "refund_clearing -400",
                    "seller_pending:\(LedgerFixture.seller) -600",
                ])
            let refund = try await shop.get("ledger/trace/?refund_id=\(RefundID(rawValue: 8))").json
            #expect(refund["groups"]?.elements?.count == 1 && refund["sum"]?["amount"]?.int == 0)
            // The bank returns it: what went and came back belongs to the refund as well.
            try await shop.book(
                "refund_processed", "8", [("refund_clearing", 400, 0), ("psp_clearing", 0, 400)], order: 5, payment: 6)
            try await shop.book(
                "refund_reversed", "8", [("psp_clearing", 400, 0), ("refund_clearing", 0, 400)], order: 5, payment: 6)
            let returned = try await shop.get("ledger/trace/?refund_id=\(RefundID(rawValue: 8))").json
            #expect(
                returned["groups"]?.elements?.compactMap { $0["kind"]?.string } == [
                    "refund_approved", "refund_processed", "refund_reversed",
                ])
            // A sum of whole entries is always nothing; that none is missing is what tells.
            try await shop.base.script(
                """
                insert into payments.payments (id, order_id, user_id, provider, status, rank, amount_minor, currency)
                values (6, 5, 7, 'razorpay', 'captured', 3, 1000, 'INR')
                """)
            for (query, column) in [
                ("order_id=\(OrderID(rawValue: 5))", "order_id = 5"),
                ("payment_id=\(PaymentID(rawValue: 6))", "payment_id = 6"),
            ] {
                let whole = try await shop.get("ledger/trace/?\(query)").json
                let shown = whole["groups"]?.elements?.flatMap { $0["entries"]?.elements ?? [] }.count
                let booked = try await shop.base.row("select count(*) from ledger.entries where \(column)")
                #expect("\(shown ?? -1)" == booked, "\(query)")
            }
            let foreign = try await shop.get("ledger/trace/?payment_id=\(PaymentID(rawValue: 66))").json
            #expect(foreign["groups"]?.elements?.isEmpty == true)
            for (query, status) in [
                ("", 422), ("order_id=x", 404), ("order_id=\(OrderID(rawValue: 5))&refund_id=x", 422),
            ] {
                let answer = try await shop.get("ledger/trace/?\(query)")
                #expect(answer.status == status)
            }
        }
    }

    @Test func aSettlementOfTheProvidersIsTracedByItsName() async throws {
        try await LedgerFixture.with { shop in
            try await Self.someEntries(shop)
            let name = "setl_7IZKKI4Pnt2kEe"
            let lines: [(account: String, debit: Int64, credit: Int64)] = [
                ("bank", 970, 0), ("psp_fees", 25, 0), ("gst_input", 5, 0), ("psp_clearing", 0, 1000),
            ]
            try await shop.book("psp_settled", "razorpay:\(name)", lines)
            try await shop.book("psp_settled", "razorpay:setl_00000000000001", lines)
            let trace = try await shop.get("ledger/trace/?settlement_id=\(name)").json
            let groups = try #require(trace["groups"]?.elements)
            #expect(groups.map { $0["kind"]?.string } == ["psp_settled"])
            #expect(groups.first?["entries"]?.elements?.count == 1 && trace["sum"]?["amount"]?.int == 0)
            let accounts = trace["accounts"]?.elements?.map {
                "\($0["account"]?.string ?? "") \($0["balance"]?["amount"]?.int ?? -1)"
            }
            #expect(accounts == ["bank 970", "gst_input 5", "psp_clearing -1000", "psp_fees 25"])
            let unknown = try await shop.get("ledger/trace/?settlement_id=setl_00000000000002").json
            #expect(unknown["groups"]?.elements?.isEmpty == true && unknown["sum"]?["amount"]?.int == 0)
            for (query, status) in [
                ("settlement_id=setl_1", 404), ("settlement_id=", 404),
                ("settlement_id=\(name)&order_id=\(OrderID(rawValue: 5))", 422),
            ] {
                let answer = try await shop.get("ledger/trace/?\(query)")
                #expect(answer.status == status, "\(query)")
            }
        }
    }

    @Test func whoMay() async throws {
        try await LedgerFixture.with { shop in
            for path in [
                "ledger/accounts/", "ledger/entries/", "ledger/trace/?order_id=\(OrderID(rawValue: 5))",
                "ledger/adjustments/", "tax-rates/",
            ] {
                for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 200)] as [(Int64?, Int)] {
                    let answer = try await shop.get(path, by: user)
                    #expect(answer.status == status, "\(path)")
                }
            }
        }
    }
}
