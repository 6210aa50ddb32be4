// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
public import Postgres

/// The idempotency keys in PostgreSQL: finished rows are read, refusals are written behind.
public struct KeyStore: KeyJournal {
    private let pool: @Sendable () -> any PostgresClient

    /// Makes a store over the pool of the calling loop.
    public init(pool: @escaping @Sendable () -> any PostgresClient) {
        self.pool = pool
    }

    public func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        do {
            // A plain read: an absent key is unknown, expired, or still being written by another transaction.
            // Each in a subquery with a limit, which goes by the index: a join would be planned as a scan of all rows while
            // the table is small, and such a plan is kept while it grows.
            let rows = try await pool().query(
                """
                select u.ord::int, k.state, k.request_hash, k.status, k.headers, k.body,
                       extract(epoch from k.expires_at - now())::float8
                  from unnest($1::bytea[]) with ordinality u(digest, ord)
                 cross join lateral (
                    select r.state, r.request_hash, r.status, r.headers, r.body, r.expires_at
                      from platform.idempotency_keys r where r.digest = u.digest and r.expires_at > now() limit 1) k
                """, digests.map(\.bytes))
            var states: [Hash32: KeyState] = [:]
            for row in rows {
                let digest = digests[try row.int(0) - 1]
                guard let fingerprint = Hash32(try row.bytes(2)) else { continue }
                if try row.int16(1) == 0 {
                    states[digest] = .started(fingerprint: fingerprint)
                } else if let answer = try StoredAnswer(row, status: 3, fields: 4, body: 5) {
                    states[digest] = .finished(
                        fingerprint: fingerprint, answer, remaining: .seconds(try row.double(6)))
                }
            }
            return states
        } catch {
            throw JournalError(error)
        }
    }

    public func storeRefusals(_ refusals: [StoredRefusal]) async throws(JournalError) -> Int {
        do {
            var parameters = PostgresParameters()
            parameters.appendArray(refusals) { $0.claim.digest.bytes }
            parameters.appendArray(refusals) { $0.claim.fingerprint.bytes }
            parameters.appendArray(refusals) { Int32(clamping: $0.claim.retention.components.seconds) }
            parameters.appendArray(refusals) { Int16(clamping: $0.answer.status) }
            parameters.appendArray(refusals) { $0.answer.fieldBytes }
            parameters.appendArray(refusals) { $0.answer.body }
            parameters.appendOptionalArray(refusals) { $0.claim.user?.rawValue }
            return try await pool().query(
                "select checkout.store_refusals_v2($1, $2, $3, $4, $5, $6, $7)", with: parameters
            ).only().int(0)
        } catch {
            throw JournalError(error)
        }
    }

    /// Deletes rows that expired over an hour ago; never one that is locked or has a live lease.
    ///
    /// - Returns: how many were deleted.
    func reap(limit: Int) async throws(PostgresError) -> Int {
        try await pool().query("select platform.reap_keys_v1($1)", Int32(clamping: limit)).only().int(0)
    }

    /// Deletes stored answers of a user who is removed (contract C12), at most so many; returns how many.
    public static func forget(
        of user: UserID, limit: Int32, in client: some PostgresClient
    ) async throws(PostgresError) -> Int {
        try await client.query("select platform.forget_keys_v1($1, $2)", user.rawValue, limit).only().int(0)
    }
}
