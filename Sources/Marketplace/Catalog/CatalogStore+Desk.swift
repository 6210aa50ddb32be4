// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension CatalogStore {
    /// The seller that a user works for, and whether it is active.
    func seller(of user: UserID) async throws(PostgresError) -> (seller: SellerID, isActive: Bool)? {
        let row = try await client.first(
            "select seller_id, status from catalog.seller_members where user_id = $1", user.rawValue)
        guard let row else { return nil }
        return (SellerID(rawValue: try row.int64(0)), try row.string(1) == "active")
    }
}
