// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What the provider says of a refund, in an event or when it was asked.
public struct ProviderRefundNews: Sendable {
    /// `razorpay`.
    public let provider: String
    /// The provider's refund.
    public let refund: String
    /// The provider's payment.
    public let payment: String
    /// The provider's order; nil where it names none.
    public let providerOrder: String?
    /// Minor units that were paid; nil where the payment was not sent along.
    public let paid: Int64?
    /// Whether they had been captured; nil where the payment was not sent along.
    public let isCaptured: Bool?
    /// Minor units that go back.
    public let amount: Int64
    /// ISO 4217 as the provider wrote it.
    public let currency: String
    /// pending, processed, failed; others may come.
    public let status: String
    /// normal or instant.
    public let speedProcessed: String?
    /// Ours, where our call made the refund.
    public let receipt: String?
    /// Who says so, into history.
    public let actor: String
    /// The request that brought it.
    public let requestID: String?

    /// States what was said.
    public init(
        provider: String, refund: String, payment: String, providerOrder: String?, paid: Int64?, isCaptured: Bool?,
        amount: Int64, currency: String, status: String, speedProcessed: String?, receipt: String?, actor: String,
        requestID: String?
    ) {
        self.provider = provider
        self.refund = refund
        self.payment = payment
        self.providerOrder = providerOrder
        self.paid = paid
        self.isCaptured = isCaptured
        self.amount = amount
        self.currency = currency
        self.status = status
        self.speedProcessed = speedProcessed
        self.receipt = receipt
        self.actor = actor
        self.requestID = requestID
    }
}

/// What became of news.
public enum RefundNewsOutcome: Sendable, Equatable {
    /// Recorded, and applied as far as it goes.
    case applied(OrderID)
    /// Known before.
    case unchanged
    /// Not now: to be tried again.
    case waiting(String)
    /// It contradicts what is known.
    case refused(String)
}

/// Applies news of refunds in the transaction that keeps its event, any number of times and in any order.
///
/// A failure after the provider had said `processed`, and the other way round, is believed only when the provider is asked and
/// says it again: that is a job, because nothing is called while rows are locked.
///
/// - Isolation: called on the loop of the transaction.
public struct HearRefundNews: Sendable {
    private let ids: IDGenerator

    /// Makes what hears.
    public init(ids: IDGenerator) {
        self.ids = ids
    }

    /// Applies news, and owes what follows from it.
    public func hear(
        _ news: ProviderRefundNews, in transaction: PostgresTransaction
    ) async throws -> RefundNewsOutcome {
        switch try await apply(news, isCertain: false, in: transaction) {
        case .applied(let order): return .applied(order)
        case .unchanged: return .unchanged
        case .waiting(let why): return .waiting(why)
        case .refused(let why): return .refused(why)
        case .ask(let order):
            try await RefundCheck(refund: news.refund, payment: news.payment, number: RefundCheck.last).owe(
                isExtra: true, in: transaction)
            return .applied(order)
        }
    }

    /// Applies what the provider said; `isCertain`: when it was asked just now.
    func apply(
        _ news: ProviderRefundNews, isCertain: Bool, in transaction: PostgresTransaction
    ) async throws -> RefundStore.Heard {
        try await RefundStore.hear(
            news, isCertain: isCertain, ids: (0..<4).map { _ in ids.nextRawValue() }, in: transaction)
    }
}
