// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// What requests are made of.
extension BenchStore {
    /// Variants that can be bought one by one and have at least `units` available, in the order of their ids.
    func variants(withUnits units: Int, limit: Int?) async throws(PostgresError) -> [VariantID] {
        try await variants(from: units, to: nil, limit: limit)
    }

    /// The newest variant of which exactly so many units are available; nil when there is none.
    func variant(withExactly units: Int) async throws(PostgresError) -> VariantID? {
        try await variants(from: units, to: units, limit: nil).last
    }

    private func variants(from least: Int, to most: Int?, limit: Int?) async throws(PostgresError) -> [VariantID] {
        let rows = try await client.query(
            """
            select s.variant_id from inventory.stock s join catalog.variants v on v.id = s.variant_id
             where s.sellable and s.on_hand - s.reserved between $1 and $2
               and v.min_quantity = 1 and v.step = 1 and v.currency = 'INR'
             order by s.variant_id limit $3
            """, Int32(clamping: least), Int32(clamping: most ?? .max), limit.map { Int64($0) })
        var variants: [VariantID] = []
        for row in rows { variants.append(VariantID(rawValue: try row.int64(0))) }
        return variants
    }

    /// Products that visitors may open, some of all.
    func products(limit: Int) async throws(PostgresError) -> [ProductID] {
        let rows = try await client.query(
            "select p.id from catalog.products p where p.visible order by md5(p.id::text) limit $1", Int64(limit))
        var products: [ProductID] = []
        for row in rows { products.append(ProductID(rawValue: try row.int64(0))) }
        return products
    }

    /// Categories in which something is offered.
    func categories(limit: Int) async throws(PostgresError) -> [CategoryID] {
        let rows = try await client.query(
            """
            select c.id from catalog.categories c
             where exists (select 1 from catalog.products p where p.category_id = c.id and p.visible)
             order by c.id limit $1
            """, Int64(limit))
        var categories: [CategoryID] = []
        for row in rows { categories.append(CategoryID(rawValue: try row.int64(0))) }
        return categories
    }

    /// Categories with others below them in which something is offered; those without where there is none.
    func branches(limit: Int) async throws(PostgresError) -> [CategoryID] {
        let rows = try await client.query(
            """
            select c.id from catalog.categories c
             where exists (select 1 from catalog.categories b
                             join catalog.products p on p.category_id = b.id and p.visible
                            where b.id <> c.id and c.id = any(b.ancestor_ids))
             order by c.id limit $1
            """, Int64(limit))
        var branches: [CategoryID] = []
        for row in rows { branches.append(CategoryID(rawValue: try row.int64(0))) }
        return branches.isEmpty ? try await categories(limit: limit) : branches
    }

    /// Titles of products that visitors may find, some of all.
    func titles(limit: Int) async throws(PostgresError) -> [String] {
        let rows = try await client.query(
            "select p.title from catalog.products p where p.visible order by md5(p.id::text) limit $1", Int64(limit))
        var titles: [String] = []
        for row in rows { titles.append(try row.string(0)) }
        return titles
    }
}
