// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A call that the provider is to get.
struct RefundCall: Sendable {
    let refund: RefundID
    /// Raised by each repetition after a failure.
    let round: Int
    /// The provider's idempotency key and our receipt: the same for every attempt of a round.
    let key: String
    /// The provider's payment.
    let payment: String
    let amount: Money
    let speed: String
    /// An attempt before may have reached the provider: it is asked for the receipt first.
    let wasCalled: Bool
    let order: OrderID
    /// Whether the provider may be called.
    let permission: Permission

    /// What may be done with an intent.
    enum Permission: Sendable {
        case call
        /// A dispute is open: the provider is asked and not called. The dispute's end owes the job again.
        case ask
        /// A dispute that was lost has taken the money: the provider is asked and not called. What it has no refund of is charged back.
        case askOnce
    }
}

/// What is to be done about a round of a refund.
enum RefundStep: Sendable {
    case call(RefundCall)
    /// The lost dispute has given it back, in full or in part, or it is owed again: that is committed, and nothing is to be called.
    case settled(OrderID)
}

extension RefundStore {
    /// How many ids `checkout.refund_call_v3` may need.
    static let idsOfCall = 5

    /// Commits the intent of a call, or what a lost dispute has made of it; nil when there is nothing to call, or not while a
    /// dispute is open. See `checkout.refund_call_v3`.
    ///
    /// - Parameter wasAsked: the provider has no refund of this round.
    static func beginCall(
        _ refund: RefundID, round: Int, ids: [Int64], wasAsked: Bool, in client: some PostgresClient
    ) async throws -> RefundStep? {
        let row = try await client.query(
            """
            select code, key, provider_payment, amount, currency, speed, before, order_id
              from checkout.refund_call_v3($1, $2, $3, $4)
            """, refund.rawValue, Int32(clamping: round), ids, wasAsked
        ).only()
        let permission: RefundCall.Permission
        switch try row.int16(0) {
        case 0: permission = .call
        case 1: return nil
        case 2: permission = .ask
        case 3: permission = .askOnce
        case 4: return .settled(OrderID(rawValue: try row.int64(7)))
        default: throw RefundFault.unknownWord
        }
        guard let currency = Currency(try row.string(4)) else { throw RefundFault.unknownWord }
        return .call(
            RefundCall(
                refund: refund, round: round, key: try row.string(1), payment: try row.string(2),
                amount: Money(minor: try row.int64(3), currency: currency), speed: try row.string(5),
                wasCalled: try row.bool(6), order: OrderID(rawValue: try row.int64(7)), permission: permission))
    }

    /// What became of a call.
    enum Answer: Sendable {
        /// The provider has a refund of ours.
        case known(ProviderRefund)
        /// It refuses, and would again.
        case refused(code: String, text: String)
    }

    /// Writes down what the provider answered; see `checkout.refund_answered_v1`.
    ///
    /// - Returns: false where it contradicts what was heard meanwhile: nothing is written down, and the provider is to be asked.
    static func finishCall(
        _ call: RefundCall, _ answer: Answer, entry: Int64, in transaction: PostgresTransaction
    ) async throws -> Bool {
        var known: ProviderRefund?
        var refusal: (code: String, text: String)?
        switch answer {
        case .known(let refund): known = refund
        case .refused(let code, let text): refusal = (code, text)
        }
        return try await transaction.query(
            "select checkout.refund_answered_v1($1, $2, $3, $4, $5, $6, $7, $8, 'razorpay')", call.refund.rawValue,
            Int32(clamping: call.round), entry, known?.id, known?.status, known?.speedProcessed, refusal?.code,
            refusal?.text
        ).only().int16(0) != 3
    }

    /// Owes the rest of a seller order, and what of it another payment has; minor units. See `checkout.owe_refund_v1`.
    static func owe(
        _ sellerOrder: SellerOrderID, cause: String, actor: String, refund: RefundID, entry: Int64,
        in client: some PostgresClient
    ) async throws -> Int64 {
        try await client.query(
            "select checkout.owe_refund_v1($1, $2, $3, $4, $5, null)", refund.rawValue, entry, sellerOrder.rawValue,
            cause,
            actor
        ).only().int64(0)
    }

    /// Owes what remains of a payment that no order wanted; minor units. See `checkout.refund_payment_v1`.
    static func oweUnwanted(
        provider: String, payment: String, cause: String, refund: RefundID, entry: Int64, in client: some PostgresClient
    ) async throws -> Int64 {
        try await client.query(
            "select checkout.refund_payment_v1($1, $2, $3, $4, $5, 'system', null)", refund.rawValue, entry, provider,
            payment, cause
        ).only().int64(0)
    }

    /// What came of news.
    enum Heard: Sendable, Equatable {
        case applied(OrderID)
        case unchanged
        /// Not now, for this reason.
        case waiting(String)
        /// The provider says that it failed after it had said otherwise: ask.
        case ask(OrderID)
        /// It contradicts what is known.
        case refused(String)
    }

    /// Applies news; see `checkout.refund_news_v2`.
    ///
    /// - Parameter ids: four fresh ones: a refund, and entries of its approval, its end and its payment's capture.
    static func hear(
        _ news: ProviderRefundNews, isCertain: Bool, ids: [Int64], in client: some PostgresClient
    ) async throws -> Heard {
        let row = try await client.query(
            """
            select code, order_id, why
              from checkout.refund_news_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """, news.provider, news.refund, news.payment, news.providerOrder, news.paid, news.isCaptured, news.amount,
            news.currency, news.status, news.speedProcessed, news.receipt, isCertain, ids, news.actor, news.requestID
        ).only()
        switch try row.int16(0) {
        case 0: return .applied(OrderID(rawValue: try row.int64(1)))
        case 1: return .unchanged
        case 2: return .waiting(try row.stringOrNil(2) ?? "")
        case 3: return .ask(OrderID(rawValue: try row.int64(1)))
        case 4: return .refused(try row.stringOrNil(2) ?? "")
        default: throw RefundFault.unknownWord
        }
    }
}
