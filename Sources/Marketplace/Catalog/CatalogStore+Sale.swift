// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What the rules of commission ask of the catalogue.
extension CatalogStore {
    /// What is sold with a product, as commission rules see it; nil where there is no such product.
    public func sale(of product: ProductID) async throws(PostgresError) -> CommissionRules.Sale? {
        let row = try await client.first(
            """
            select p.seller_id, c.ancestor_ids from catalog.products p join catalog.categories c on c.id = p.category_id
             where p.id = $1
            """, product.rawValue)
        guard let row else { return nil }
        return CommissionRules.Sale(
            product: product, seller: SellerID(rawValue: try row.int64(0)),
            categories: try row.decode(1, as: [Int64].self).map { CategoryID(rawValue: $0) })
    }

    /// Whether there is such a category.
    public func hasCategory(_ id: CategoryID) async throws(PostgresError) -> Bool {
        try await client.first("select 1 from catalog.categories where id = $1", id.rawValue) != nil
    }

    /// Whether there is such a seller.
    public func hasSeller(_ id: SellerID) async throws(PostgresError) -> Bool {
        try await client.first("select 1 from catalog.seller_cards where id = $1", id.rawValue) != nil
    }
}
