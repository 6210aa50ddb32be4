// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import Postgres

extension CatalogStore {
    /// Sellers' names as buyers see them; one that does not exist is left out.
    public func sellerNames(_ sellers: [SellerID]) async throws -> [SellerID: String] {
        let rows = try await client.query(
            "select id, name from catalog.seller_cards where id = any($1)", sellers.map(\.rawValue))
        var names: [SellerID: String] = [:]
        for row in rows { names[SellerID(rawValue: try row.int64(0))] = try row.string(1) }
        return names
    }
}
