// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
public import MarketCrypto
public import MarketHTTP
public import Postgres

/// Ends media that no review wanted, as jobs that each upload owes.
public struct ReviewMediaExpiry: Sendable {
    /// The jobs' kind.
    public static let kind = "review.media"

    private let pool: PostgresPool

    /// Binds it.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Does the work of a job: a medium that a review has meanwhile stays.
    public func end(_ job: Job) async throws {
        let id = try job.read { $0["id"]?.int64 }
        try await ReviewStore.expireMedium(ImageID(rawValue: id), in: pool)
    }

    /// Of these published files those that reviews have, or that wait for one: for the sweep of files.
    public func used(_ files: [Digest256]) async throws -> Set<Digest256> {
        try await ReviewStore.used(files, in: pool.reads)
    }
}
