// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

/// How PostgreSQL reads what hardly any product has: by an index of it, not along the whole catalogue.
@Suite(.timeLimit(.minutes(4))) struct FilterPlanTests {
    /// Runs a statement after asking how it would be run.
    private final class Explaining: PostgresClient {
        let pool: PostgresPool
        let plan = Mutex("")

        init(_ pool: PostgresPool) {
            self.pool = pool
        }

        func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
            let rows = try await pool.run(
                PostgresCall(
                    PostgresSQL(text: "explain (costs off) " + call.sql.text), parameters: call.parameters,
                    isPrepared: false))
            var lines: [String] = []
            for row in rows { lines.append(try row.string(0)) }
            let text = lines.joined(separator: "\n")
            plan.withLock { $0 = text }
            return try await pool.run(call)
        }
    }

    /// Twenty thousand products; one has what is looked for.
    private static let rows = """
        insert into sellers.sellers (id, slug, business_name, status) values (1, 's', 'S', 'active');
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids) values (1, null, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, brand, moderation, hsn_code, gst_rate_bps, attributes)
        select g, 1, 1, 'p-' || g, 'P', 'B' || g % 50, 'approved', '6109', 1800,
               jsonb_build_object('colour', 'c' || g % 40, 'weight', g % 1000, 'new', g % 2 = 0)
          from generate_series(1, 20000) g;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor, options)
        select g, g, 1, 's' || g, 100 + g * 7919 % 100000, jsonb_build_object('Size', 's' || g % 30)
          from generate_series(1, 20000) g;
        update catalog.products set attributes = '{"rare": 7.50}', brand = 'Rare' where id = 77;
        update catalog.variants set options = '{"Rare": "x"}' where id = 77;
        vacuum analyze catalog.products, catalog.variants, inventory.stock;
        """

    @Test func whatHardlyAnyProductHasIsFoundByItsIndex() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let pool = shop.pool
            let plans = Explaining(pool)
            let store = CatalogStore(client: plans, searches: plans)
            func selection(_ facet: Facet, _ values: String...) -> ProductFilter {
                ProductFilter(selections: [FacetSelection(facet: facet, values: values)])
            }
            for (filter, index, ids) in [
                (selection(.attribute("rare"), "7.50"), "products_attributes", [77]),
                (selection(.attribute("zz"), "1", "true", "x"), "products_attributes", []),
                (selection(.brand, "Rare"), "products_brand", [77]), (selection(.brand, "None"), "products_brand", []),
                (selection(.option("Rare"), "x"), "variants_options", [77]),
                (selection(.option("zz"), "1"), "variants_options", []),
                (ProductFilter(priceMin: 99, priceMax: 99), "variants_price", []),
            ] as [(ProductFilter, String, [Int64])] {
                for sort in ProductSort.allCases {
                    let found = try await shop.loop.run {
                        try await store.products(filtered: filter, sort: sort, after: nil, limit: 20).map(\.id.rawValue)
                    }
                    #expect(found == ids, "\(filter)")
                    let plan = plans.plan.withLock { $0 }
                    #expect(plan.contains(index), "\(sort) \(filter)\n\(plan)")
                }
            }
        }
    }

    @Test func textsThatAreNumbersAreFoundAsBoth() {
        for text in ["0", "-1", "7.50", "true", "false", "120", "-0.5"] { #expect(FilterSQL.isBare(text), "\(text)") }
        for text in ["", "-", ".5", "5.", "007", "1e3", "1.2.3", "+1", "null", "True", " 1", "1 ", "{}", "٣"] {
            #expect(!FilterSQL.isBare(text), "\(text)")
        }
    }
}
