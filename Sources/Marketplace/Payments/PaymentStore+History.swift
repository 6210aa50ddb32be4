// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// What an order asks for.
struct PayableOrder: Sendable {
    let status: OrderStatus
    let total: Money
    /// Whether it waits for an online payment now, and none is set aside.
    let isOpen: Bool
    /// Whether its time to pay is over, while it still says that it waits.
    let isOverdue: Bool
    /// Whether its money is to come at the door.
    let isCash: Bool
    /// Where it goes; empty where that is not said.
    let state: String
    let postalCode: String
}

extension PaymentStore {
    /// Attempts of a user by creation; `from` is included, `to` is not.
    ///
    /// - Cost: one statement, led by the index `payments_of_user`.
    func payments(
        of user: UserID, statuses: [PaymentStatus]?, order: OrderID?, from: Timestamp?, to: Timestamp?,
        isOldestFirst: Bool, after: (createdAt: Timestamp, id: PaymentID)?, limit: Int
    ) async throws -> [Payment] {
        let edge: Int64 = isOldestFirst ? .min : .max
        let position = after ?? (Timestamp(microseconds: edge), PaymentID(rawValue: edge))
        return try await postgres().query(
            HistorySQL.page[isOldestFirst ? 1 : 0], user.rawValue, statuses.map { $0.map(\.rawValue) },
            order?.rawValue, PostgresTimestamp(microseconds: position.createdAt.microseconds), position.id.rawValue,
            PostgresTimestamp(microseconds: from?.microseconds ?? .min),
            PostgresTimestamp(microseconds: to?.microseconds ?? .max), limit
        ).map(Self.payment)
    }

    /// What an order of a user asks for; nil when there is none.
    ///
    /// - Parameter client: a transaction whose changes are to be seen; nil reads what is committed.
    func payable(
        _ order: OrderID, of user: UserID, in client: (any PostgresClient)? = nil
    ) async throws -> PayableOrder? {
        try await (client ?? postgres()).first(
            """
            select payment_method, total, currency, is_open, coalesce(state_code, ''), coalesce(postal_code, ''),
                   payment_method = 'cod' and status in ('confirmed', 'processing'), status, is_overdue
              from checkout.payable_v3($1, $2)
            """, order.rawValue, user.rawValue
        ).map { row in
            guard let currency = Currency(try row.string(2)), let status = OrderStatus(rawValue: try row.string(7))
            else { throw JournalError.fault("an order has an unknown currency or status") }
            return PayableOrder(
                status: status, total: Money(minor: try row.int64(1), currency: currency),
                isOpen: try row.bool(3) && row.string(0) == "razorpay", isOverdue: try row.bool(8),
                isCash: try row.bool(6), state: try row.string(4), postalCode: try row.string(5))
        }
    }
}

/// Newest first, oldest first: one for each direction of the index.
private enum HistorySQL {
    static let page = [
        PostgresSQL(text: text(comparison: "<", direction: "desc")),
        PostgresSQL(text: text(comparison: ">", direction: "asc")),
    ]

    /// `$1` user, `$2` statuses, `$3` order, `$4` and `$5` the position before, `$6` from, `$7` to, `$8` rows.
    private static func text(comparison: String, direction: String) -> String {
        """
        select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
               provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
          from payments.payments
         where user_id = $1 and ($2::text[] is null or status = any ($2)) and ($3::bigint is null or order_id = $3)
           and (created_at, id) \(comparison) ($4, $5) and created_at >= $6 and created_at < $7
         order by created_at \(direction), id \(direction) limit $8
        """
    }
}
