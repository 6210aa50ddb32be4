// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
public import MarketCore
import MarketHTTP
public import Postgres
public import UVRuntime

/// Keeps the events of the provider that move no money towards us, and those that cannot be read, each in one transaction with its
/// effect.
///
/// They are rare, so each has a transaction of its own; the database serializes them with the batches of `PaymentActor` by
/// the locks of order and payment.
///
/// - Isolation: an actor on the loop of its pool.
public final actor ProviderInbox: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let pool: PostgresPool
    private let ids: IDGenerator
    private let refundNews: RefundNewsPort?
    /// Deadlocks and serialization failures are tried again so often; then the provider sends it again.
    private static let options = PostgresTransactionOptions(retries: 5)

    /// Puts the parts together.
    ///
    /// - Parameter refundNews: who applies news of refunds; nil: they are kept as ignored.
    public init(executor: LoopExecutor, pool: PostgresPool, ids: IDGenerator, refundNews: RefundNewsPort?) {
        self.executor = executor
        self.pool = pool
        self.ids = ids
        self.refundNews = refundNews
    }

    /// The job that tells an operator of an event that cannot be read.
    static let unreadableKind = "payment.event_unreadable"

    /// Keeps an event that cannot be read as failed, with a job that tells an operator: it may be about money. A replay reads it again.
    func keep(_ event: PaymentMessage.Event, unreadable complaint: String) async throws -> PaymentOutcome {
        try await receive(event, order: nil, payment: nil) { transaction in
            var payload = JSONWriter(capacity: 192)
            payload.object { json in
                json.field("event_id", event.id)
                json.field("type", event.type)
            }
            try await JobStore.owe(
                Self.unreadableKind, key: "\(RazorpayClient.provider):\(event.id)", payload: payload.bytes,
                in: transaction)
            return .refused(complaint)
        }
    }

    /// Keeps an event about a refund and applies it; returns after the commit.
    func receive(_ event: PaymentMessage.Event, _ news: RefundNews) async throws -> PaymentOutcome {
        let apply = refundNews
        return try await receive(event, order: news.source.order, payment: news.source.payment) { transaction in
            try await apply?(news, transaction)
        }
    }

    /// Keeps an event about a dispute and applies it; returns after the commit.
    func receive(
        _ event: PaymentMessage.Event, _ news: DisputeNews, order: String?
    ) async throws -> PaymentOutcome {
        let ids = ids
        return try await receive(event, order: order, payment: news.dispute.payment) { transaction in
            try await DisputeStore.apply(news, order: order, ids: ids, in: transaction)
        }
    }

    /// Keeps an event about a settlement and owes its booking; returns after the commit.
    func receive(_ event: PaymentMessage.Event, settlement: String) async throws -> PaymentOutcome {
        try await receive(event, order: nil, payment: nil) { transaction in
            try await BookSettlement.owe(settlement, in: transaction)
            return .applied(nil)
        }
    }

    /// Applies what the provider said of a dispute when it was asked; returns after the commit.
    func apply(asked dispute: RazorpayDispute, actor: String) async throws -> NewsVerdict {
        let ids = ids
        return try await pool.withTransaction(Self.options) { transaction in
            let known = try await DisputeStore.status(ofProviders: dispute.id, in: transaction)
            let news = DisputeNews(asked: dispute, known: known, actor: actor, requestID: nil)
            return try await DisputeStore.apply(news, order: nil, ids: ids, in: transaction)
        }
    }

    /// Applies what the provider said of a refund when it was asked; returns after the commit.
    func apply(_ news: RefundNews) async throws -> NewsVerdict? {
        guard let apply = refundNews else { return nil }
        return try await pool.withTransaction(Self.options) { try await apply(news, $0) }
    }

    /// - Parameter effect: nil for an event that nobody here acts on.
    private func receive(
        _ event: PaymentMessage.Event, order: String?, payment: String?,
        effect: @Sendable (PostgresTransaction) async throws -> NewsVerdict?
    ) async throws -> PaymentOutcome {
        try await pool.withTransaction(Self.options) { transaction in
            switch try await InboxStore.arrive(event, order: order, payment: payment, in: transaction) {
            case .duplicate: return PaymentOutcome(code: .duplicate)
            case .conflict: return PaymentOutcome(code: .conflict)
            case .new: break
            }
            let verdict = try await effect(transaction)
            let (outcome, state, note) = Self.end(verdict)
            try await InboxStore.end(event, state: state, note: note, in: transaction)
            return outcome
        }
    }

    private static func end(_ verdict: NewsVerdict?) -> (PaymentOutcome, state: String, note: String?) {
        switch verdict {
        case .applied(let order)?: (PaymentOutcome(code: .applied, order: order), "processed", nil)
        case .unchanged?: (PaymentOutcome(code: .unchanged), "processed", "reached before")
        case .waiting(let reason)?: (PaymentOutcome(code: .waiting), "waiting", reason)
        case .refused(let reason)?: (PaymentOutcome(code: .refused), "failed", reason)
        case nil: (PaymentOutcome(code: .ignored), "ignored", nil)
        }
    }
}
