// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketHTTP
public import Postgres

/// Works off what is owed to wishlists: a price that fell, units that are back. One event for each who wants to know, once,
/// however often the job runs.
public struct TellWishers: Sendable {
    /// A price fell.
    public static let priceKind = "wishlist.price"
    /// Units are back.
    public static let stockKind = "wishlist.stock"
    /// Customers of one statement.
    static let batch = 500

    private let pool: PostgresPool

    /// Works on a database.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Tells all whom a job concerns.
    ///
    /// - Throws: what the statements throw; the job is then tried again. `JobGivenUp` for one that cannot be read.
    public func tell(_ job: Job) async throws {
        let variant = try job.read { $0["variant_id"]?.int64 }
        var told: Int
        repeat {
            if job.kind == Self.stockKind {
                let sequence = try job.read { $0["seq"]?.int }
                told = try await WishlistStore.tell(stock: sequence, of: variant, limit: Self.batch, in: pool)
            } else {
                let price = try job.read { $0["price_minor"]?.int64 }
                let currency = try job.read { $0["currency"]?.string }
                told = try await WishlistStore.tell(price: price, currency, of: variant, limit: Self.batch, in: pool)
            }
        } while told == Self.batch
    }
}
