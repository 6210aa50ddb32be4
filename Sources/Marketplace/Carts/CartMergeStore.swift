// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// The two carts of a merge in the transaction of the log-in that they are merged by.
///
/// Errors are the database's own, so that a transaction that ended in a deadlock runs again.
struct CartMergeStore {
    let transaction: PostgresTransaction

    /// Both carts, locked in the order of their ids until the transaction ends; nil where the anonymous one holds nothing.
    ///
    /// - Parameter newID: the account's, where there is none.
    /// - Cost: one statement where the anonymous cart holds nothing, else five.
    func locked(
        _ guest: CartOwner, _ account: CartOwner, newID: CartID
    ) async throws -> (guest: CartState, account: CartState)? {
        guard let seen = try await CartStore.find(guest, in: transaction), !seen.lines.isEmpty else { return nil }
        // Before any lock: who makes the same cart at the same time is waited for with nothing in hand.
        try await transaction.execute(
            "insert into carts.carts (id, user_id) values ($1, $2) on conflict do nothing", newID.rawValue, account.user
        )
        _ = try await transaction.query(
            "select id from carts.carts where user_id = $1 or token_hash = $2 order by id for no key update",
            account.user, guest.token)
        guard let from = try await CartStore.find(guest, in: transaction), !from.lines.isEmpty,
            let into = try await CartStore.find(account, in: transaction)
        else { return nil }
        return (from, into)
    }

    /// Writes a cart that is locked.
    func save(_ write: CartWrite) async throws {
        let row = try await transaction.query(
            """
            select code from checkout.save_cart_v1(
              $1, $2, $3, $4, $5, $6, $7, $8, null, null, null, null, null, null, null)
            """, with: CartParameters.alone(write)
        ).only()
        guard try row.int16(0) == 0 else { throw JournalError.fault("a cart that is locked was at another version") }
    }
}
