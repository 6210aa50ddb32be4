// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension CartStore {
    /// How long the cart of a client without an account outlives its last change; what its token is promised.
    static let anonymousLife: Duration = .seconds(30 * 24 * 3600)

    /// Deletes a user's cart. A process that remembers it is told by its row, as of any change.
    static func forget(_ user: UserID, in client: some PostgresClient) async throws(PostgresError) {
        // The lines go with it.
        try await client.execute("delete from carts.carts where user_id = $1", user.rawValue)
    }

    /// Deletes, of the anonymous carts that follow `after` in the order of their ids, those that nobody has changed for
    /// `anonymousLife`. A cart that somebody works on is left for the next round.
    ///
    /// - Returns: the last cart that was looked at, nil at the end of the table; and how many are gone.
    func reapAnonymous(after: CartID?, limit: Int) async throws -> (last: CartID?, gone: Int) {
        let row = try await postgres().query(
            """
            with slice as (select id, updated_at from carts.carts where user_id is null and id > $1 order by id limit $2),
            dead as (select c.id from carts.carts c
                      where c.id = any (array(select id from slice where updated_at < now() - make_interval(secs => $3)))
                        and c.updated_at < now() - make_interval(secs => $3)
                      order by c.id for update skip locked),
            gone as (delete from carts.carts c using dead where c.id = dead.id returning 1)
            select (select max(id) from slice), (select count(*) from slice) = $2, (select count(*) from gone)
            """, after?.rawValue ?? 0, Int64(limit), Double(Self.anonymousLife.components.seconds)
        ).only()
        let last = try row.int64OrNil(0).map { CartID(rawValue: $0) }
        return (try row.bool(1) ? last : nil, try row.int(2))
    }
}
