// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

extension CatalogStore {
    /// Sets a product's copy of its reviews' counter, within the caller's transaction. The version stays: it is the seller's.
    public static func setRating(
        of product: ProductID, count: Int32, sum: Int64, in transaction: some PostgresClient
    ) async throws {
        try await transaction.execute(
            """
            update catalog.products set rating_count = $2, rating_sum = $3
             where id = $1 and (rating_count, rating_sum) is distinct from ($2, $3)
            """, product.rawValue, count, sum)
    }
}
