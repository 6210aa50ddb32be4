// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres

/// One look at how a refund stands at the provider, owed as a job.
struct RefundCheck: Sendable {
    static let kind = "refund.check"
    /// When the provider is asked, each counted from the one before: events come within minutes, banks take days.
    static let delays: [Duration] = [
        .seconds(600), .seconds(3600), .seconds(6 * 3600), .seconds(86_400), .seconds(86_400), .seconds(86_400),
        .seconds(86_400), .seconds(86_400), .seconds(86_400), .seconds(86_400),
    ]
    /// The number after which a look owes no other.
    static var last: Int { delays.count - 1 }

    /// The provider's refund.
    let refund: String
    /// The provider's payment.
    let payment: String
    /// Which of the delays comes before it, from 0.
    let number: Int

    /// Owes it, in the transaction that it follows from. Its name tells `checkout.resume_provider_calls_v1` that somebody asks; the
    /// last one is owed by that again, once a day, until the refund has ended.
    ///
    /// - Parameter isExtra: asks now, whatever was asked before.
    func owe(isExtra: Bool = false, in transaction: PostgresTransaction) async throws {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.field("provider_refund_id", refund)
            json.field("provider_payment_id", payment)
            json.field("number", number)
        }
        try await JobStore.owe(
            Self.kind, key: isExtra ? nil : "\(refund):\(number)", after: isExtra ? .zero : Self.delays[number],
            payload: json.bytes, in: transaction)
    }

    /// Whether the provider has not said yet how it ended.
    static func isOpen(_ refund: ProviderRefund) -> Bool {
        refund.status != RefundStatus.processed.rawValue && refund.status != RefundStatus.failed.rawValue
    }
}

/// Asks the provider about refunds whose end was not told, and about those of which it contradicts itself.
///
/// - Isolation: called on the loop of the pool.
public struct RefundChecks: Sendable {
    private let pool: PostgresPool
    private let provider: RefundProvider
    private let news: HearRefundNews
    private let orderChanged: @Sendable (OrderID) async -> Void
    private let logger: Logger

    /// The jobs that this works off.
    public static var kind: String { RefundCheck.kind }

    /// Puts the parts together.
    public init(
        pool: PostgresPool, provider: RefundProvider, news: HearRefundNews,
        orderChanged: @escaping @Sendable (OrderID) async -> Void, logger: Logger
    ) {
        self.pool = pool
        self.provider = provider
        self.news = news
        self.orderChanged = orderChanged
        self.logger = logger
    }

    /// Works off one job.
    public func check(_ job: Job) async throws {
        let root = try JSONDocument(parsing: job.payload).root
        guard let id = root["provider_refund_id"]?.string, let payment = root["provider_payment_id"]?.string,
            let number = root["number"]?.int
        else { throw JobGivenUp("the job names no refund") }
        let refund = try await provider.fetch(id)
        let said = ProviderRefundNews(
            provider: "razorpay", refund: id, payment: payment, providerOrder: nil, paid: nil, isCaptured: nil,
            amount: refund.amount, currency: refund.currency, status: refund.status,
            speedProcessed: refund.speedProcessed, receipt: refund.receipt, actor: "poller", requestID: nil)
        let heard = try await pool.withTransaction { transaction in
            let heard = try await news.apply(said, isCertain: true, in: transaction)
            if RefundCheck.isOpen(refund), number < RefundCheck.last {
                try await RefundCheck(refund: id, payment: payment, number: number + 1).owe(in: transaction)
            }
            return heard
        }
        switch heard {
        case .applied(let order): await orderChanged(order)
        case .unchanged: break
        case .waiting(let why), .refused(let why):
            logger.error(
                "a refund stands elsewhere at the provider", metadata: ["refund": "\(id)", "reason": "\(why)"])
        case .ask: throw JobGivenUp("the provider contradicts itself")
        }
    }
}
