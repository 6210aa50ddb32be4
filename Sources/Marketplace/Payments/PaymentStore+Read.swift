// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
public import MarketCore
import MarketHTTP
public import Postgres

extension PaymentStore {
    /// An attempt of a user; nil when it is somebody else's or there is none.
    func payment(_ id: PaymentID, of user: UserID) async throws -> Payment? {
        try await payment(id, of: user, in: postgres())
    }

    /// The same, as a transaction sees it.
    func payment(_ id: PaymentID, of user: UserID, in client: some PostgresClient) async throws -> Payment? {
        try await client.first(
            """
            select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
                   provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
              from payments.payments where id = $1 and user_id = $2
            """, id.rawValue, user.rawValue
        ).map(Self.payment)
    }

    /// The order of an attempt, whoever's; nil when there is none.
    func order(of payment: PaymentID) async throws -> OrderID? {
        try await postgres().first("select order_id from payments.payments where id = $1", payment.rawValue).map {
            OrderID(rawValue: try $0.int64(0))
        }
    }

    /// The attempt of a user that has the provider's order.
    func payment(providerOrder: String, of user: UserID) async throws -> Payment? {
        try await postgres().first(
            """
            select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
                   provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
              from payments.payments where provider = $1 and provider_order_id = $2 and user_id = $3
            """, RazorpayClient.provider, providerOrder, user.rawValue
        ).map(Self.payment)
    }

    /// The attempt that says most about an order: the one that took money, else the newest.
    func latestPayment(ofOrder order: OrderID, of user: UserID) async throws -> Payment? {
        try await postgres().first(
            """
            select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
                   provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
              from payments.payments where order_id = $1 and user_id = $2
             order by rank >= 3 desc, created_at desc, id desc limit 1
            """, order.rawValue, user.rawValue
        ).map(Self.payment)
    }

    /// The attempts of orders as their orders show them, newest first, each a JSON object; whose they are is the caller's
    /// business.
    ///
    /// - Parameter client: a transaction whose changes are to be seen; nil reads what is committed.
    public func summaries(
        of orders: [OrderID], in client: (any PostgresClient)? = nil
    ) async throws -> [OrderID: [[UInt8]]] {
        let rows = try await (client ?? postgres()).query(
            """
            select id, order_id, user_id, provider, method, status, amount_minor, currency, refunded_minor,
                   provider_order_id, provider_payment_id, attempts, failure_code, failure_message, created_at, captured_at
              from payments.payments where order_id = any($1) order by created_at desc, id desc
            """, orders.map(\.rawValue))
        var summaries: [OrderID: [[UInt8]]] = [:]
        for row in rows {
            let payment = try Self.payment(row)
            summaries[payment.order, default: []].append(payment.jsonBytes())
        }
        return summaries
    }

    static func payment(_ row: PostgresRow) throws -> Payment {
        guard let status = PaymentStatus(rawValue: try row.string(5)), let currency = Currency(try row.string(7)) else {
            throw JournalError.fault("a payment has an unknown status or currency")
        }
        return Payment(
            id: PaymentID(rawValue: try row.int64(0)), order: OrderID(rawValue: try row.int64(1)),
            user: UserID(rawValue: try row.int64(2)), provider: try row.string(3), method: try row.stringOrNil(4),
            status: status, amount: Money(minor: try row.int64(6), currency: currency),
            refunded: try row.int64(8), providerOrder: try row.stringOrNil(9),
            providerPayment: try row.stringOrNil(10), attempts: try row.int(11),
            failure: (code: try row.stringOrNil(12), message: try row.stringOrNil(13)),
            createdAt: Timestamp(microseconds: try row.timestamp(14)),
            capturedAt: try row.timestampOrNil(15).map { Timestamp(microseconds: $0) })
    }
}
