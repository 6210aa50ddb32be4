// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import Postgres

extension CatalogStore {
    /// Those of some categories that there are.
    public func known(_ categories: [CategoryID]) async throws -> Set<CategoryID> {
        let rows = try await client.query(
            "select id from catalog.categories where id = any($1)", categories.map(\.rawValue))
        return Set(try rows.map { CategoryID(rawValue: try $0.int64(0)) })
    }

    /// Sellers' names and products' small pictures, in one statement; what does not exist is left out.
    public func labels(
        sellers: [SellerID], products: [ProductID]
    ) async throws -> (sellerNames: [SellerID: String], thumbnails: [ProductID: String]) {
        let rows = try await client.query(
            """
            select true, id, name from catalog.seller_cards where id = any($1)
            union all
            select false, id, coalesce(images->0->'thumbnails'->>'small', images->0->>'url')
              from catalog.products where id = any($2)
            """, sellers.map(\.rawValue), products.map(\.rawValue))
        var names: [SellerID: String] = [:]
        var thumbnails: [ProductID: String] = [:]
        for row in rows {
            guard let text = try row.stringOrNil(2) else { continue }
            if try row.bool(0) {
                names[SellerID(rawValue: try row.int64(1))] = text
            } else {
                thumbnails[ProductID(rawValue: try row.int64(1))] = text
            }
        }
        return (names, thumbnails)
    }
}
