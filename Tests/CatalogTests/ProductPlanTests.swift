// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Catalog

/// How PostgreSQL reads pages: by an index in the order of the list, wherever the page begins.
@Suite(.timeLimit(.minutes(4))) struct ProductPlanTests {
    private static let count = 20_000

    /// Twenty thousand products in four categories of four sellers.
    private static let rows = """
        insert into sellers.sellers (id, slug, business_name, status)
        select g, 's' || g, 'S', 'active' from generate_series(1, 4) g;
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids) values (1, null, 'a', 'A', '{a}', '{1}');
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids)
        select g, 1, 'c' || g, 'C', array['a', 'c' || g], array[1, g] from generate_series(2, 5) g;
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps, rating_count,
                                      rating_sum, sold_count, created_at)
        select g, 1 + g % 4, 2 + g / 7 % 4, 'p-' || g, 'P', 'approved', '6109', 1800, 100, g * 13 % 500, g * 17 % 9973,
               timestamptz '2025-01-01' + make_interval(secs => g * 31 % 100000)
          from generate_series(1, \(count)) g;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        select g, g, 1 + g % 4, 's' || g, 100 + g * 7919 % 100000 from generate_series(1, \(count)) g;
        vacuum analyze catalog.products, catalog.variants, inventory.stock;
        """

    private struct Plan {
        let text: String
        /// Blocks that were looked at.
        let blocks: Int

        init(_ text: String) {
            self.text = text
            // Of the topmost step, which counts those below it; read from the disk or found in memory.
            let first = text.split(separator: "\n").first { $0.contains("Buffers: shared") } ?? ""
            blocks = first.split(separator: "=").dropFirst().reduce(0) { $0 + (Int($1.prefix { $0.isNumber }) ?? 0) }
        }
    }

    /// The plan of a page, the same for every value: that of a prepared statement.
    private static func plan(
        _ database: TestDatabase, _ sort: ProductSort, _ filter: ProductFilter, after: String?, scope: String
    ) async throws -> Plan {
        let sql = ProductSQL.list(sort, isFirst: after == nil, filter).text
        let key = sort == .newest ? "timestamptz" : "bigint"
        let types = ["bigint"] + (after == nil ? [] : [key, "bigint"])
        let values = (["21"] + [after, scope.isEmpty ? nil : scope].compactMap { $0 }).joined(separator: ", ")
        let scopeTypes: [String] =
            switch ProductSQL.Scope(filter) {
            case .all: []
            case .category, .seller: ["bigint"]
            case .categories: ["bigint[]"]
            case .sellerCategories: ["bigint", "bigint[]"]
            }
        let text = try await database.sql(
            """
            set plan_cache_mode = force_generic_plan;
            prepare page(\((types + scopeTypes).joined(separator: ", "))) as \(sql);
            explain (analyze, buffers, costs off, timing off, summary off) execute page(\(values));
            """)
        return Plan(text)
    }

    @Test(arguments: ProductSort.allCases) func pagesFollowAnIndexHoweverDeepTheyAre(_ sort: ProductSort) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            let (key, direction, _) = sort.order
            let name =
                switch sort {
                case .newest: "newest"
                case .price, .priceDescending: "price"
                case .rating: "rating"
                case .popular: "popular"
                }
            let category = CategoryID(rawValue: 3)
            for (filter, scope, condition, index) in [
                (ProductFilter(), "", "true", "products_\(name)"),
                (ProductFilter(categories: [category]), "3", "category_id = 3", "products_category_\(name)"),
                (ProductFilter(seller: SellerID(rawValue: 2)), "2", "seller_id = 2", "products_seller_\(name)"),
                (
                    ProductFilter(categories: [2, 3, 4].map(CategoryID.init(rawValue:))), "'{2,3,4}'",
                    "category_id in (2, 3, 4)", "products_category_\(name)"
                ),
                (
                    ProductFilter(categories: [3, 4].map(CategoryID.init(rawValue:)), seller: SellerID(rawValue: 2)),
                    "2, '{3,4}'", "seller_id = 2 and category_id in (3, 4)", "products_seller_\(name)"
                ),
            ] {
                let first = try await Self.plan(database, sort, filter, after: nil, scope: scope)
                let deepest = try await database.sql(
                    """
                    select quote_literal(\(key)) || ', ' || id from catalog.products where \(condition)
                     order by \(key) \(direction), id \(direction) offset 2000 limit 1
                    """)
                let position = deepest.split { $0.isNewline }.map { $0 }.first { $0.contains("'") }.map(String.init)
                let deep = try await Self.plan(database, sort, filter, after: position, scope: scope)
                for plan in [first, deep] {
                    // Where nearly everything is visible, the index of all products does as well.
                    let indexes = [index, "products_all_newest"]
                    #expect(
                        indexes.contains { plan.text.contains(" \($0) on ") }, "\(sort) \(condition)\n\(plan.text)")
                    #expect(!plan.text.contains("Seq Scan on products"), "\(plan.text)")
                    // Only pages are sorted: those of the branches that are merged, and the one that is shown.
                    let sorted = plan.text.split(separator: "\n").filter {
                        $0.contains("Sort  (") || $0.contains("Sort (")
                    }
                    let most = filter.categories?.count ?? 1 > 1 && filter.seller == nil ? 63 : 21
                    for line in sorted {
                        let rows = line.split(separator: "rows=").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
                        #expect(rows <= most, "\(plan.text)")
                    }
                }
                #expect(first.blocks > 0 && deep.blocks > 0)
                // A page far down reads what a page reads, wherever its rows happen to lie.
                #expect(deep.blocks < first.blocks * 2, "\(sort) \(condition): \(deep.blocks) blocks \(first.blocks)")
            }
        }
    }
}
