// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres

/// Turns money that is owed back into refunds: a second payment of an order, one that came too late or did not fit, and the
/// rest of a seller order that its newest payment did not cover.
///
/// Each job is one autocommit statement; done again it finds nothing left to owe.
///
/// - Isolation: called on the loop of the pool.
public struct OwedRefunds: Sendable {
    /// A capture on an order that was paid already.
    public static let duplicateKind = "payment.refund_duplicate"
    /// Late money that found no units, or that its order could not take.
    public static let lateKind = "payment.refund"
    /// What another payment has of a seller order's rest.
    public static let restKind = "refund.owe"

    private let pool: PostgresPool
    private let ids: IDGenerator
    private let logger: Logger

    /// Puts the parts together.
    public init(pool: PostgresPool, ids: IDGenerator, logger: Logger) {
        self.pool = pool
        self.ids = ids
        self.logger = logger
    }

    /// The handlers by kind.
    public var handlers: [String: JobRunner.Handler] {
        [
            Self.duplicateKind: { try await oweUnwanted($0, cause: "duplicate_payment") },
            Self.lateKind: { try await oweUnwanted($0, cause: nil) },
            Self.restKind: { try await oweRest($0) },
        ]
    }

    private func oweUnwanted(_ job: Job, cause: String?) async throws {
        // The key is the provider and its payment; where a dispute was waited for, it as well.
        let parts = job.key.split(separator: ":")
        let reason = try cause ?? JSONDocument(parsing: job.payload).root["reason"]?.string
        guard parts.count >= 2, let reason else { throw JobGivenUp("the job names no payment and reason") }
        let amount = try await RefundStore.oweUnwanted(
            provider: String(parts[0]), payment: String(parts[1]), cause: reason, refund: ids.next(),
            entry: ids.nextRawValue(), in: pool)
        logger.notice(
            "money that no order wanted goes back",
            metadata: ["payment": "\(parts[1])", "amount": "\(amount)", "reason": "\(reason)"])
    }

    private func oweRest(_ job: Job) async throws {
        let root = try JSONDocument(parsing: job.payload).root
        guard let order = root["seller_order_id"]?.int64, let cause = root["cause"]?.string else {
            throw JobGivenUp("the job names no seller order")
        }
        _ = try await RefundStore.owe(
            SellerOrderID(rawValue: order), cause: cause, actor: root["actor"]?.string ?? "system", refund: ids.next(),
            entry: ids.nextRawValue(), in: pool)
    }
}
