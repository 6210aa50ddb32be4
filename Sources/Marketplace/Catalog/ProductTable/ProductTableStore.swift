// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import Postgres

/// What rows of a table of products name, looked up for many of them at a time, within their transaction.
struct ProductTableStore: Sendable {
    let client: any PostgresClient

    /// The variants of a seller that have one of some skus.
    func variants(
        _ skus: [String], of seller: SellerID
    ) async throws(PostgresError) -> [String: (id: VariantID, product: ProductID)] {
        let rows = try await client.query(
            "select sku, id, product_id from catalog.variants where seller_id = $1 and sku = any ($2)", seller.rawValue,
            skus)
        var variants: [String: (id: VariantID, product: ProductID)] = [:]
        for row in rows {
            variants[try row.string(0)] = (
                VariantID(rawValue: try row.int64(1)), ProductID(rawValue: try row.int64(2))
            )
        }
        return variants
    }

    /// Those of some products that are the seller's.
    func own(_ products: [ProductID], of seller: SellerID) async throws(PostgresError) -> Set<ProductID> {
        let rows = try await client.query(
            "select id from catalog.products where seller_id = $1 and id = any ($2)", seller.rawValue,
            products.map(\.rawValue))
        var own = Set<ProductID>()
        for row in rows { own.insert(ProductID(rawValue: try row.int64(0))) }
        return own
    }

    /// The products of a seller by its own names of them, or else by their addresses.
    func products(
        called names: [String], of seller: SellerID
    ) async throws(PostgresError) -> [String: ProductID] {
        let rows = try await client.query(
            """
            select n.name, coalesce(r.product_id, p.id)
              from unnest($2::text[]) n(name)
              left join catalog.product_references r on r.seller_id = $1 and r.reference = n.name
              left join catalog.products p on p.slug = n.name and p.seller_id = $1
             where coalesce(r.product_id, p.id) is not null
            """, seller.rawValue, names)
        var products: [String: ProductID] = [:]
        for row in rows { products[try row.string(0)] = ProductID(rawValue: try row.int64(1)) }
        return products
    }

    /// Categories by their slugs.
    func categories(_ slugs: [String]) async throws(PostgresError) -> [String: CategoryID] {
        let rows = try await client.query("select slug, id from catalog.categories where slug = any ($1)", slugs)
        var categories: [String: CategoryID] = [:]
        for row in rows { categories[try row.string(0)] = CategoryID(rawValue: try row.int64(1)) }
        return categories
    }

    /// The slugs of categories.
    func slugs(_ categories: [CategoryID]) async throws(PostgresError) -> [CategoryID: String] {
        let rows = try await client.query(
            "select id, slug from catalog.categories where id = any ($1)", categories.map(\.rawValue))
        var slugs: [CategoryID: String] = [:]
        for row in rows { slugs[CategoryID(rawValue: try row.int64(0))] = try row.string(1) }
        return slugs
    }

    /// The pictures of a seller by the hashes of what is shown of them, the newest where two look the same.
    func pictures(_ hashes: [Digest256], of seller: SellerID) async throws(PostgresError) -> [Digest256: ImageID] {
        guard !hashes.isEmpty else { return [:] }
        let rows = try await client.query(
            "select digest, id from catalog.images where seller_id = $1 and digest = any ($2) order by id",
            seller.rawValue, hashes.map(\.bytes))
        var pictures: [Digest256: ImageID] = [:]
        for row in rows {
            guard let digest = Digest256(try row.bytes(0)) else { throw ProductStore.malformed("image") }
            pictures[digest] = ImageID(rawValue: try row.int64(1))
        }
        return pictures
    }

    /// Whether what a seller hands in is approved at once.
    func isTrusted(_ seller: SellerID) async throws(PostgresError) -> Bool {
        let row = try await client.first(
            "select trusted from catalog.seller_standings where seller_id = $1 limit 1", seller.rawValue)
        return try row?.bool(0) ?? false
    }

    /// Keeps a seller's own name of a product.
    ///
    /// - Returns: whether it was free.
    func name(_ product: ProductID, _ reference: String, of seller: SellerID) async throws(PostgresError) -> Bool {
        try await client.execute(
            """
            insert into catalog.product_references (seller_id, reference, product_id) values ($1, $2, $3)
            on conflict do nothing
            """, seller.rawValue, reference, product.rawValue) == 1
    }

    /// A seller's own names of products.
    func references(_ products: [ProductID]) async throws(PostgresError) -> [ProductID: String] {
        let rows = try await client.query(
            "select product_id, reference from catalog.product_references where product_id = any ($1)",
            products.map(\.rawValue))
        var references: [ProductID: String] = [:]
        for row in rows { references[ProductID(rawValue: try row.int64(0))] = try row.string(1) }
        return references
    }

    /// The next products of a seller that are not archived, by their ids.
    func page(of seller: SellerID, after: Int64, limit: Int) async throws(PostgresError) -> [ProductID] {
        let rows = try await client.query(
            """
            select id from catalog.products where seller_id = $1 and id > $2 and status <> 'archived' order by id limit $3
            """, seller.rawValue, after, limit)
        var products: [ProductID] = []
        for row in rows { products.append(ProductID(rawValue: try row.int64(0))) }
        return products
    }

    // MARK: One product among many

    /// From here on what is written can be undone by itself.
    func begin() async throws(PostgresError) { try await client.execute("savepoint product") }

    /// Keeps what was written since.
    func keep() async throws(PostgresError) { try await client.execute("release savepoint product") }

    /// Undoes what was written since.
    func undo() async throws(PostgresError) {
        try await client.execute("rollback to savepoint product")
        try await keep()
    }
}
