// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What the provider says of a refund, in an event or when it was asked.
///
/// An event is a snapshot of the time when it arose: it may come late, twice, before the refund's own call has answered, or
/// before we know that its payment was captured.
public struct RefundNews: Sendable, Equatable {
    /// The payment that money goes back from, as far as the provider describes it.
    public struct Source: Sendable, Equatable {
        /// The provider's payment.
        public let payment: String
        /// The provider's order; nil where it names none.
        public let order: String?
        /// Minor units that were paid; nil where the payment itself was not sent.
        public let amount: Int64?
        /// Whether the money had been taken. False: an authorized payment ran out and went back by itself, so no order of ours
        /// was ever paid with it. nil: not said.
        public let isCaptured: Bool?
    }

    /// The event's name, such as `refund.processed`; nil when the provider was asked.
    public let event: String?
    /// The provider's refund.
    public let refund: String
    /// Where the money comes from.
    public let source: Source
    /// Minor units that go back.
    public let amount: Int64
    /// ISO 4217 as the provider wrote it.
    public let currency: String
    /// pending, processed, failed; others may come.
    public let status: String
    /// normal or optimum, as we asked.
    public let speedRequested: String?
    /// normal or instant, as it was done.
    public let speedProcessed: String?
    /// Ours, where our call made the refund.
    public let receipt: String?
    /// Who says so, into history: `razorpay`, `poller` …
    public let actor: String
    /// The request that brought it.
    public let requestID: String?
}

/// What became of news about a refund or a dispute.
public enum NewsVerdict: Sendable, Equatable {
    /// Recorded, and applied as far as it goes; the order, where it changed.
    case applied(OrderID?)
    /// The books had got that far before.
    case unchanged
    /// It cannot be applied yet, for the reason given, such as that it speaks of no payment of ours: kept, and tried again.
    case waiting(String)
    /// It contradicts what we know, for the reason given: kept for an operator.
    case refused(String)
}

/// Applies news of a refund in the transaction that keeps its event; nothing of it stands when this throws.
///
/// It must bear being called again with the same news: an operator replays what failed, and reconciliation asks about
/// everything. Locks are taken in the order orders, payments, the rest, each by id.
public typealias RefundNewsPort = @Sendable (RefundNews, PostgresTransaction) async throws -> NewsVerdict
