// SPDX-License-Identifier: Apache-2.0
import Postgres

extension SeedStore {
    /// How many variants the database has for load runs.
    func loadVariants() async throws(PostgresError) -> Int {
        // Chunks of them commit in the order of their ids: there is no gap.
        try await client.query(
            "select count(*) from catalog.variants where id >= $1 and id < $2", SeedNumbers(.loadVariants).next(),
            SeedNumbers(.loadMovements).next()
        ).only().int(0)
    }

    /// Puts lines into those carts of users that are empty, one version higher, as a server would; returns how many carts.
    ///
    /// A server that remembers one of them as empty finds out by its version, as it does when another server writes it.
    ///
    /// - Parameter lines: of these users; variants that are not there are left out.
    func fillEmptyCarts(of users: [Int64], with lines: [SeedCartLine]) async throws(PostgresError) -> Int {
        guard !lines.isEmpty else { return 0 }
        // Locked by one statement and judged by the next, which sees what their last writers left.
        _ = try await client.execute(
            "select 1 from carts.carts where user_id = any ($1) order by id for update", users)
        var parameters = PostgresParameters()
        parameters.append(users)
        parameters.appendArray(lines) { $0.user }
        parameters.appendArray(lines) { $0.id }
        parameters.appendArray(lines) { $0.variant }
        return try await client.query(
            """
            with filled as (
              update carts.carts c set version = version + 1, updated_at = now()
               where c.user_id = any ($1) and not exists (select 1 from carts.cart_lines l where l.cart_id = c.id)
              returning c.id, c.user_id),
            lines as (
              insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
              select f.id, u.line, v.id, 1, v.price_minor
                from unnest($2::bigint[], $3::bigint[], $4::bigint[]) u(owner, line, variant)
                join filled f on f.user_id = u.owner join catalog.variants v on v.id = u.variant
               order by f.id, u.line)
            select count(*) from filled
            """, with: parameters
        ).only().int(0)
    }
}
