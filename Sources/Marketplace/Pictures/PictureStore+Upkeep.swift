// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto
public import Postgres

extension PictureStore {
    /// Removes pictures that were not used in time; one that is being used at this moment stays. Their files are left to the sweep.
    ///
    /// - Returns: how many, a batch at most.
    public func removeUnused(in client: any PostgresClient) async throws(PostgresError) -> Int {
        try await client.execute(removing, Self.batch)
    }

    /// Those files, by the digests of their content, that a picture has.
    public func used(
        among files: [Digest256], in client: any PostgresClient
    ) async throws(PostgresError) -> Set<Digest256> {
        var used: Set<Digest256> = []
        for row in try await client.query(naming, files.map(\.bytes)) {
            if let digest = Digest256(try row.bytes(0)) { used.insert(digest) }
        }
        return used
    }

    /// Removes all pictures of an owner, whom nothing shows with one any more. Their files are left to the sweep.
    public func removeAll(of owner: Int64, in transaction: PostgresTransaction) async throws(PostgresError) {
        try await transaction.execute(forgetting, owner)
    }
}

/// What upkeep asks about the pictures of a context.
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct PictureUpkeep: Sendable {
    private let store: PictureStore
    private let client: any PostgresClient

    /// Looks after a table of pictures over a client of the upkeep's loop.
    public init(_ store: PictureStore, client: any PostgresClient) {
        self.store = store
        self.client = client
    }

    /// Removes some pictures that were not used in time; returns how many.
    public func removeUnused() async throws(PostgresError) -> Int { try await store.removeUnused(in: client) }

    /// Those files that a picture has.
    public func used(among files: [Digest256]) async throws(PostgresError) -> Set<Digest256> {
        try await store.used(among: files, in: client)
    }
}
