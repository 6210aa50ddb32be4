// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// Removes what somebody has put by, with the account that is removed by the transaction.
public func wishlistForget(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await WishlistStore.forget(user, in: transaction)
}
