// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Testing

/// What other contexts keep of a seller, as they would.
extension SellersFixture {
    /// A product on the shelf.
    func stock(_ id: SellerID) async throws {
        try await pool.execute(
            """
            insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'home', 'Home', '{home}', '{1}')
            """)
        try await pool.execute(
            """
            insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
            values (1, $1, 1, 'pot', 'Pot', 'approved', '7323', 1200)
            """, id.rawValue)
        try await pool.execute(
            "insert into catalog.variants (id, product_id, seller_id, sku, price_minor) values (1, 1, $1, 'POT-1', 10000)",
            id.rawValue)
    }

    /// An order that is not finished.
    func openOrder(_ id: SellerID) async throws {
        try await pool.execute(
            """
            insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor,
                   tax_minor, total_minor) values (1, 1, $1, 'accepted', 10000, 0, 0, 0, 10000)
            """, id.rawValue)
    }

    /// What the seller has earned of it.
    func earn(_ id: SellerID) async throws {
        try await book(1, debit: "order_funds:1", credit: "seller_available:\(id.rawValue)")
    }

    func payOut(_ id: SellerID) async throws {
        try await book(2, debit: "seller_available:\(id.rawValue)", credit: "bank")
    }

    /// A dispute about it holds what the seller has earned.
    func hold(_ id: SellerID) async throws {
        try await pool.execute(
            """
            insert into ledger.disputes (dispute, payment_id, order_id, currency, amount_minor)
            values ('disp_1:chargeback', 1, 1, 'INR', 6000)
            """)
        try await pool.execute(
            "insert into ledger.dispute_shares values ('disp_1:chargeback', 1, $1, 6000, 5000)", id.rawValue)
        try await book(3, debit: "seller_available:\(id.rawValue)", credit: "dispute_held:disp_1:chargeback")
    }

    /// The seller has won it.
    func release(_ id: SellerID) async throws {
        try await pool.execute("update ledger.disputes set state = 'won', ended_at = now()")
        try await book(4, debit: "dispute_held:disp_1:chargeback", credit: "seller_available:\(id.rawValue)")
    }

    private func book(_ entry: Int64, debit: String, credit: String) async throws {
        try await pool.execute(
            "insert into ledger.entries (id, kind, reference, currency) values ($1, 'test', $2, 'INR')", entry,
            "\(entry)")
        try await pool.execute(
            """
            insert into ledger.lines (entry_id, line_no, account, debit_minor, credit_minor)
            values ($1, 1, $2, 5000, 0), ($1, 2, $3, 0, 5000)
            """, entry, debit, credit)
    }
}
