// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestSupport
import Testing

@testable import Catalog

/// How PostgreSQL reads what the products of a page cost a company: by keys, whatever the company.
@Suite(.timeLimit(.minutes(4))) struct CompanyPlanTests {
    /// Five thousand products of fifty sellers, each with ten lists; company 1 has two hundred of them.
    private static let rows = """
        insert into sellers.sellers (id, slug, business_name, status)
        select g, 's' || g, 'S', 'active' from generate_series(1, 50) g;
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        select g, 1 + g % 50, 1, 'p-' || g, 'P', 'approved', '6109', 1800 from generate_series(1, 5000) g;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        select g * 10 + v, g, 1 + g % 50, 's' || g || '-' || v, 1000 + v from generate_series(1, 5000) g, generate_series(0, 1) v;
        insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
        select g, 'C', '29AAGCB7383J1Z4', 'AAGCB7383J', 'a@one.in', case g when 1 then 'verified' else 'pending' end
          from generate_series(1, 50) g;
        insert into companies.members (company_id, user_id, role) values (1, 1, 'buyer');
        insert into catalog.price_lists (id, seller_id, name, currency, in_force)
        select g, 1 + g % 50, 'L', 'INR', true from generate_series(1, 500) g;
        insert into catalog.price_list_companies (company_id, list_id)
        select c, l from generate_series(1, 50) c, generate_series(1, 500) l where l > 300 or c > 1;
        insert into catalog.price_list_entries (list_id, variant_id, tiers)
        select l.id, v.id, '[{"min_quantity": 1, "price_minor": 900}]'
          from catalog.price_lists l join catalog.variants v on v.seller_id = l.seller_id where v.id % 10 = 0;
        vacuum analyze catalog.variants, catalog.price_lists, catalog.price_list_companies, catalog.price_list_entries;
        """

    @Test func aPageIsPricedByKeys() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            let ask = [101...121, 1...50].map { "'{\($0.map(String.init).joined(separator: ","))}'" }.joined(
                separator: ", ")
            let text = try await database.sql(
                """
                set plan_cache_mode = force_generic_plan;
                prepare own(bigint, bigint, bigint[], bigint[]) as \(CatalogStore.ownPricesSQL.text);
                explain (analyze, costs off, timing off, summary off) execute own(1, 1, \(ask));
                """)
            for index in ["variants_of_product", "price_list_entries_pkey", "price_list_companies_pkey"] {
                #expect(text.contains(" \(index) on "), "\(index)\n\(text)")
            }
            for table in ["variants", "price_list_entries", "price_list_companies"] {
                #expect(!text.contains("Seq Scan on \(table)"), "\(text)")
            }
            let shown = try await database.sql(
                """
                set plan_cache_mode = force_generic_plan;
                prepare own(bigint, bigint, bigint[], bigint[]) as \(CatalogStore.ownPricesSQL.text);
                create temp table shown as execute own(1, 1, \(ask));
                create temp table refused as execute own(2, 1, \(ask));
                select count(*), count(*) filter (where may), min(price), max(price), min(source), bool_and(is_from) from shown;
                select count(*), bool_or(may), count(product_id) from refused
                """)
            let cells = shown.split { $0.isWhitespace || $0 == "|" }.joined(separator: " ")
            #expect(cells.contains("21 21 900 900 company_list t") && cells.contains("1 f 0"), "\(shown)")
        }
    }
}
