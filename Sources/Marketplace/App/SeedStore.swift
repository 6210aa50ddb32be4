// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// The seed's statements: sets of rows in one go, each leaving alone what is there.
///
/// The one store that writes across schemas: it stands where the contexts' own registrations would otherwise have to be
/// called a hundred thousand times. Units still go through `checkout.adjust_v1`, like all others.
///
/// - Isolation: a value; used inside one transaction on its loop.
struct SeedStore {
    /// Every seeding transaction holds this advisory lock: two servers that start at once do not meet half-way.
    private static let lock: Int64 = 0x4D56_4553_4545_44

    let client: PostgresTransaction

    /// Waits for other seeding transactions to end.
    func waitForTurn() async throws(PostgresError) {
        _ = try await client.query("select pg_advisory_xact_lock($1)", Self.lock)
    }

    /// Whether there is no product at all.
    func isEmpty() async throws(PostgresError) -> Bool {
        try await client.first("select 1 from catalog.products limit 1") == nil
    }

    /// Those of some mail addresses that have an account.
    func known(_ emails: [String]) async throws(PostgresError) -> Set<String> {
        var known: Set<String> = []
        for row in try await client.query("select email from accounts.users where email_folded = any($1)", emails) {
            known.insert(try row.string(0))
        }
        return known
    }

    /// Inserts accounts that are there neither by id nor by mail address; returns how many.
    func addUsers(_ users: [SeedUser]) async throws(PostgresError) -> Int {
        var parameters = PostgresParameters()
        parameters.appendArray(users) { $0.id }
        parameters.appendArray(users) { $0.email }
        parameters.appendArray(users) { $0.passwordHash }
        parameters.appendArray(users) { $0.fullName }
        parameters.appendArray(users) { $0.roles.names.joined(separator: ",") }
        parameters.appendArray(users) { $0.permissions }
        return try await client.query(
            """
            insert into accounts.users
              (id, email, email_folded, password_hash, full_name, roles, permissions, status, email_verified)
            select id, email, lower(email), hash, name, string_to_array(roles, ','), string_to_array(permissions, ','),
                   'active', true
              from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                   u(id, email, hash, name, roles, permissions)
             order by id
            on conflict do nothing
            """, with: parameters
        ).affected
    }

    /// The id of an account.
    func user(email: String) async throws(PostgresError) -> Int64? {
        try await client.first("select id from accounts.users where email_folded = lower($1)", email)?.int64(0)
    }

    /// Inserts sellers; the first belongs to `owner`.
    func addSellers(
        _ sellers: [SeedSeller], ids: [Int64], owner: Int64?, ratings: [(count: Int, sum: Int64)]
    ) async throws(PostgresError) -> Int {
        var parameters = PostgresParameters()
        parameters.append(ids)
        parameters.appendArray(sellers) { $0.slug }
        parameters.appendArray(sellers) { $0.name }
        parameters.appendArray(sellers) { $0.state }
        parameters.appendArray(sellers) { $0.isTrusted }
        parameters.appendArray(ratings) { $0.count }
        parameters.appendArray(ratings) { $0.sum }
        parameters.append(owner)
        return try await client.query(
            """
            insert into sellers.sellers
              (id, slug, business_name, state_code, trusted, rating_count, rating_sum, status, owner_user_id)
            select id, slug, name, state, trusted, rating_count, rating_sum, 'active', case when ord = 1 then $8::bigint end
              from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[])
                   with ordinality u(id, slug, name, state, trusted, rating_count, rating_sum, ord)
             order by ord
            on conflict (id) do nothing
            """, with: parameters
        ).affected
    }

    /// Whether a user owns a seller already.
    func ownsSeller(_ user: Int64) async throws(PostgresError) -> Bool {
        try await client.first("select 1 from sellers.sellers where owner_user_id = $1", user) != nil
    }

    /// Inserts categories, parents first.
    func addCategories(_ categories: [SeedTree.Node]) async throws(PostgresError) -> Int {
        var parameters = PostgresParameters()
        parameters.appendArray(categories) { $0.id }
        parameters.appendOptionalArray(categories) { $0.ancestors.dropLast().last }
        parameters.appendArray(categories) { $0.category.slug }
        parameters.appendArray(categories) { $0.category.name }
        parameters.appendArray(categories) { $0.position }
        parameters.appendArray(categories) { $0.path.joined(separator: "/") }
        parameters.appendArray(categories) { $0.ancestors.map { String($0) }.joined(separator: "/") }
        return try await client.query(
            """
            insert into catalog.categories (id, parent_id, slug, name, position, path, ancestor_ids)
            select id, parent, slug, name, position, string_to_array(path, '/'), string_to_array(ancestors, '/')::bigint[]
              from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
                   u(id, parent, slug, name, position, path, ancestors)
             order by id
            on conflict (id) do nothing
            """, with: parameters
        ).affected
    }

    /// Inserts users' carts; a user who has one keeps it.
    func addCarts(_ carts: [Int64], of users: [Int64]) async throws(PostgresError) -> Int {
        try await client.execute(
            """
            insert into carts.carts (id, user_id)
            select c, u from unnest($1::bigint[], $2::bigint[]) x(c, u) where exists (
              select 1 from accounts.users a where a.id = u) order by c
            on conflict do nothing
            """, carts, users)
    }

    /// Opens a session for each user, and opens it again where it had been ended.
    func openSessions(_ sessions: [Int64], of users: [Int64]) async throws(PostgresError) {
        _ = try await client.execute(
            """
            insert into accounts.sessions as s (id, user_id, device_name)
            select i, u, 'load run' from unnest($1::bigint[], $2::bigint[]) x(i, u) where exists (
              select 1 from accounts.users a where a.id = u) order by i
            on conflict (id) do update set revoked_at = null, revoke_reason = null where s.revoked_at is not null
            """, sessions, users)
    }

    /// The carts of users, in their order; nil for a user without one.
    func carts(of users: [Int64]) async throws(PostgresError) -> [Int64?] {
        let rows = try await client.query(
            """
            select c.id from unnest($1::bigint[]) with ordinality u(id, ord)
              left join carts.carts c on c.user_id = u.id order by u.ord
            """, users)
        var carts: [Int64?] = []
        for row in rows { carts.append(try row.int64OrNil(0)) }
        return carts
    }

    /// Gathers what the planner knows of tables that were just filled.
    func analyze() async throws(PostgresError) {
        for table in [
            "accounts.users", "accounts.sessions", "carts.carts", "carts.cart_lines", "catalog.products",
            "catalog.variants",
        ] {
            _ = try await client.run(PostgresCall(PostgresSQL(text: "analyze \(table)"), isPrepared: false))
        }
        _ = try await client.run(PostgresCall("analyze inventory.stock", isPrepared: false))
    }
}
