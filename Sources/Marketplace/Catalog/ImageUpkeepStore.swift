// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto
public import Postgres

/// What upkeep asks about the pictures of products.
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct ImageUpkeepStore: Sendable {
    /// Rows removed in one statement.
    static let batch = 500

    private let client: any PostgresClient

    /// Makes a store over a client of the upkeep's loop.
    public init(client: any PostgresClient) {
        self.client = client
    }

    /// Removes pictures that no product has used in time; one that is being used at this moment stays, and so does one whose
    /// file a category shows. Their files are left to the sweep.
    ///
    /// - Returns: how many, `batch` at most.
    public func removeUnused() async throws(PostgresError) -> Int {
        try await client.execute(
            """
            delete from catalog.images where id in (
              select i.id from catalog.images i
               where i.expires_at < now()
                 and not exists (select 1 from catalog.categories c
                                  where c.image_url like '/media/%' and strpos(c.image_url, encode(i.digest, 'hex')) > 0)
               order by i.id limit $1 for update skip locked)
            """, Self.batch)
    }

    /// Those files, by the digests of their content, that a picture of a product or a category needs.
    public func used(among files: [Digest256]) async throws(PostgresError) -> Set<Digest256> {
        var used: Set<Digest256> = []
        for row in try await client.query(
            """
            select distinct digest from catalog.images where digest = any($1)
            union
            select d from unnest($1::bytea[]) d
             where exists (select 1 from catalog.categories c
                            where c.image_url like '/media/%' and strpos(c.image_url, encode(d, 'hex')) > 0)
            """, files.map(\.bytes))
        {
            if let digest = Digest256(try row.bytes(0)) { used.insert(digest) }
        }
        return used
    }
}
