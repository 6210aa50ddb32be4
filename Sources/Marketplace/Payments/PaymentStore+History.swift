// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// What an order asks for.
struct PayableOrder: Sendable {
    let total: Money
    /// Whether it waits for an online payment now.
    let isOpen: Bool
    /// Whether its money is to come at the door.
    let isCash: Bool
    /// Where it goes; empty where that is not said.
    let state: String
    let postalCode: String
}

extension PaymentStore {
    /// Attempts of a user, newest first; `from` is included, `to` is not.
    ///
    /// - Cost: one statement, led by the index `payments_of_user`.
    func payments(
        of user: UserID, statuses: [PaymentStatus]?, order: OrderID?, from: Timestamp?, to: Timestamp?,
        after: (createdAt: Timestamp, id: PaymentID)?, limit: Int
    ) async throws -> [Payment] {
        let position = after ?? (Timestamp(microseconds: .max), PaymentID(rawValue: .max))
        return try await postgres().query(
            """
            select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
                   provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
              from payments.payments
             where user_id = $1 and ($2::text[] is null or status = any ($2)) and ($3::bigint is null or order_id = $3)
               and (created_at, id) < ($4, $5) and created_at >= $6 and created_at < $7
             order by created_at desc, id desc limit $8
            """, user.rawValue, statuses.map { $0.map(\.rawValue) }, order?.rawValue,
            PostgresTimestamp(microseconds: position.createdAt.microseconds), position.id.rawValue,
            PostgresTimestamp(microseconds: from?.microseconds ?? .min),
            PostgresTimestamp(microseconds: to?.microseconds ?? .max), limit
        ).map(Self.payment)
    }

    /// What an order of a user asks for; nil when there is none.
    func payable(_ order: OrderID, of user: UserID) async throws -> PayableOrder? {
        try await postgres().first(
            """
            select payment_method, total, currency, is_open, coalesce(state_code, ''), coalesce(postal_code, ''),
                   payment_method = 'cod' and status in ('confirmed', 'processing')
              from checkout.payable_v2($1, $2)
            """, order.rawValue, user.rawValue
        ).map { row in
            guard let currency = Currency(try row.string(2)) else {
                throw JournalError.fault("an order has no currency")
            }
            return PayableOrder(
                total: Money(minor: try row.int64(1), currency: currency),
                isOpen: try row.bool(3) && row.string(0) == "razorpay", isCash: try row.bool(6),
                state: try row.string(4), postalCode: try row.string(5))
        }
    }
}
