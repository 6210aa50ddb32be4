// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
public import MarketHTTP
public import Postgres

/// Hands the counters of reviews on to the contexts that keep copies of them, as jobs that the change of each review owes.
///
/// A copy is set, not raised, while its counter is locked: repeating a job, or two of them out of order, leave the same.
public struct RatingNews: Sendable {
    /// The jobs' kind.
    public static let kind = "review.rating"

    private let pool: PostgresPool
    private let copies: RatingCopies

    /// Binds it.
    public init(pool: PostgresPool, copies: RatingCopies) {
        self.pool = pool
        self.copies = copies
    }

    /// Does the work of a job. Product and seller in a transaction each: who changes a seller and its products locks them in the
    /// other order.
    ///
    /// - Throws: `PostgresError`, what the copies throw; the job is tried again. `JobGivenUp` for one that cannot be read.
    public func hand(on job: Job) async throws {
        let product = try job.read { $0["product"]?.int64 }
        let seller = try job.read { $0["seller"]?.int64 }
        let (products, sellers) = (copies.product, copies.seller)
        try await pool.withTransaction { transaction in
            let rating = try await ReviewStore.lockedRating(of: .product(ProductID(rawValue: product)), in: transaction)
            try await products(ProductID(rawValue: product), rating.count, rating.sum, transaction)
        }
        await copies.changed(ProductID(rawValue: product))
        try await pool.withTransaction { transaction in
            let rating = try await ReviewStore.lockedRating(of: .seller(SellerID(rawValue: seller)), in: transaction)
            try await sellers(SellerID(rawValue: seller), rating.count, rating.sum, transaction)
        }
        await copies.sellerChanged(SellerID(rawValue: seller))
    }
}
