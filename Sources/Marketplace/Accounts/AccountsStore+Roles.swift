// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketHTTP
public import Postgres

extension AccountsStore {
    /// Gives a user roles besides those that it has.
    static func grant(_ roles: Roles, to user: UserID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.users set roles = array(select distinct unnest(roles || $2::text[]) order by 1),
                   version = version + 1, updated_at = now()
             where id = $1 and not roles @> $2::text[]
            """, user.rawValue, roles.names)
    }
}

/// Gives a user a role, in the transaction of what makes it one; for contexts that do.
public func accountsGrantRole(
    _ role: Roles, to user: UserID, in transaction: PostgresTransaction
) async throws(PostgresError) {
    try await AccountsStore.grant(role, to: user, in: transaction)
}
