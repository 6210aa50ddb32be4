// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// Removes somebody's cart, with what they wrote to its lines, with the account that is removed by the transaction.
public func cartsForget(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await CartStore.forget(user, in: transaction)
}
