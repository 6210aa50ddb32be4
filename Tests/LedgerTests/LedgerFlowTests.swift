// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

/// Whole flows from a seed, against the functions that the server calls: whatever happens in whatever order, nothing drifts.
@Suite struct LedgerFlowTests {
    /// One seller order of a world as the test keeps its books.
    private struct Part {
        let id: Int64
        let seller: Int64
        let total: Int64
        var back: Int64 = 0
        var isEarned = false
    }

    @Test("Random orders, rules, refunds before and after earning", arguments: [1, 2, 3, 4] as [UInt64])
    func nothingDrifts(seed: UInt64) async throws {
        try await LedgerFixture.with { shop in
            var random = SeededRandom(seed: seed)
            let pool = shop.base.pool
            var rules: [String?] = [nil]
            for number in Int64(1)...6 {
                try await shop.base.script(
                    "insert into sellers.sellers (id, slug, business_name, status) values (\(number), 's\(number)', 'S', 'active')"
                )
                let row = try await pool.query(
                    """
                    select ledger.set_commission_v1('seller', null, $1, null, $2, $3, null, null, $4, null, null, null, 'x', 90)::text
                    """, number, Int32.random(in: 0...5000, using: &random), Int64.random(in: 0...300, using: &random),
                    Bool.random(using: &random)
                ).only()
                rules.append(try row.string(0))
            }
            for order in Int64(1)...25 {
                var parts = try await Self.sell(order, rules, shop, &random)
                for _ in 0..<(parts.count * 4) {
                    let place = Int.random(in: parts.indices, using: &random)
                    try await Self.step(&parts[place], order, shop, &random)
                }
                for part in parts where !part.isEarned {
                    _ = try await pool.query(
                        "select checkout.earn_v1($1, $2, 'test')", shop.base.ids.nextRawValue(), part.id)
                }
                let left = parts.reduce(0) { $0 + $1.total - $1.back }
                let books = try await shop.base.row(
                    """
                    select coalesce(sum(case when account like 'order_funds:%' then credit_minor - debit_minor end), 0) as funds,
                           coalesce(sum(case when account ~ '^(seller_|commission_|gst_|tcs_|tds_)' then credit_minor - debit_minor end), 0) as theirs
                      from ledger.lines l join ledger.entries e on e.id = l.entry_id where e.order_id = \(order)
                    """)
                #expect(books == "0|\(left)", "order \(order)")
            }
            let names = try await shop.base.row(
                """
                select coalesce(string_agg(name, ' '), '') from platform.invariants_v4()
                 where not ok and (name like 'ledger.%' and name not like '%capture%' and name not like '%arrive%')
                """)
            #expect(names == "")
        }
    }

    /// A paid order of one to four sellers.
    private static func sell(
        _ order: Int64, _ rules: [String?], _ shop: LedgerFixture, _ random: inout SeededRandom
    ) async throws -> [Part] {
        var parts: [Part] = []
        var whole: Int64 = 0
        for seller in Int64(1)...Int64.random(in: 1...4, using: &random) {
            let taxable = Int64.random(in: 1...500_000, using: &random)
            let tax = (taxable * 18 + 50) / 100
            let shipping = Bool.random(using: &random) ? Int64.random(in: 0...9_900, using: &random) : 0
            let part = Part(id: order * 10 + seller, seller: seller, total: taxable + tax + shipping)
            let rule = rules[Int.random(in: rules.indices, using: &random)] ?? "null"
            try await shop.base.script(
                """
                insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor)
                values (\(part.id), \(order), \(seller), 'delivered', \(taxable + tax), 0, \(shipping), \(tax), \(part.total));
                insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options,
                  quantity, unit_price_minor, discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor,
                  total_minor, hsn_code, commission_rule_id)
                values (\(order), \(seller), \(part.id), \(part.id), 1, 1, \(seller), 's', 't', '{}', 2, 1, 0, \(taxable), 1800, 0, 0, \(tax),
                  \(taxable + tax), 'h', \(rule))
                """)
            whole += part.total
            parts.append(part)
        }
        try await shop.base.script(
            """
            insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor,
              tax_minor, total_minor, payment_method, reserved_until, shipping_address, billing_address, request_hash, key_digest, key_retention_s)
            values (\(order), 1, \(order), 1, 'completed', 'INR', 0, 0, 0, 0, \(whole), 'razorpay', now(), '{}', '{}', sha256('\(order)'),
              sha256('\(order)'), 60)
            """)
        try await shop.book(
            "payment_captured", "razorpay:pay_\(order)",
            [("psp_clearing", whole, 0), ("order_funds:\(order)", 0, whole)],
            order: order)
        return parts
    }

    /// Earns, releases or gives back a part of one seller order.
    private static func step(
        _ part: inout Part, _ order: Int64, _ shop: LedgerFixture, _ random: inout SeededRandom
    ) async throws {
        let (pool, ids) = (shop.base.pool, shop.base.ids)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let row = try await pool.query(
                "select checkout.earn_v1($1, $2, 'test')", ids.nextRawValue(), part.id
            ).only()
            let isBooked = try row.bool(0)
            #expect(isBooked == (!part.isEarned && part.back < part.total))
            part.isEarned = true
        case 1:
            _ = try await pool.query("select checkout.release_earnings_v1($1, $2)", ids.nextRawValue(), part.id)
        default:
            let open = part.total - part.back
            guard open > 0 else { return }
            let amount = Bool.random(using: &random) ? open : Int64.random(in: 1...open, using: &random)
            let id = ids.nextRawValue()
            _ = try await pool.query(
                """
                select checkout.post_v1($1, 'refund_approved', $1::text, $2, null, 'INR', x.accounts || 'refund_clearing'::text,
                                        x.debits || 0::bigint, x.credits || $4)
                  from checkout.refund_split_v1($3, $4) x
                """, id, order, part.id, amount)
            part.back += amount
        }
    }
}
