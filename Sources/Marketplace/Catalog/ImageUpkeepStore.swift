// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto
import Pictures
public import Postgres

/// What upkeep asks about the pictures of products.
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct ImageUpkeepStore: Sendable {
    private let client: any PostgresClient

    /// Makes a store over a client of the upkeep's loop.
    public init(client: any PostgresClient) {
        self.client = client
    }

    /// Removes pictures that no product has used in time; one that is being used at this moment stays, and so does one whose
    /// file a category shows. Their files are left to the sweep.
    ///
    /// - Returns: how many, a batch at most.
    public func removeUnused() async throws(PostgresError) -> Int {
        try await ProductStore.pictures.removeUnused(in: client)
    }

    /// Those files, by the digests of their content, that a picture of a product or a category needs.
    public func used(among files: [Digest256]) async throws(PostgresError) -> Set<Digest256> {
        var used = try await ProductStore.pictures.used(among: files, in: client)
        for row in try await client.query(
            """
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
