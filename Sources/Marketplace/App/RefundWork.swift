// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import MarketHTTP
import Payments
import Postgres
import Refunds

/// What refunds owe: the jobs that make, carry and follow them.
struct RefundWork: Sendable {
    /// Those that make them.
    let handlers: [String: JobRunner.Handler]
    /// Those that call the provider.
    let calls: [String: JobRunner.Handler]

    /// Puts the jobs together.
    ///
    /// - Parameter orderChanged: told after a commit that may have changed what an order's buyer sees.
    init(
        _ client: RazorpayClient, pool: PostgresPool, ids: IDGenerator, logger: Logger,
        orderChanged: @escaping @Sendable (OrderID) async -> Void
    ) {
        let provider = RefundProvider(client)
        let submission = RefundSubmission(
            pool: pool, provider: provider, ids: ids, orderChanged: orderChanged, logger: logger)
        let checks = RefundChecks(
            pool: pool, provider: provider, news: HearRefundNews(ids: ids), orderChanged: orderChanged, logger: logger)
        handlers = OwedRefunds(pool: pool, ids: ids, logger: logger).handlers
        calls = [
            RefundSubmission.kind: { try await submission.submit($0) },
            RefundChecks.kind: { try await checks.check($0) },
        ]
    }
}

/// Hands news of refunds on, in the transaction of their event.
func refundNews(_ ids: IDGenerator) -> RefundNewsPort {
    let hear = HearRefundNews(ids: ids)
    return { news, transaction in
        let said = ProviderRefundNews(
            provider: "razorpay", refund: news.refund, payment: news.source.payment, providerOrder: news.source.order,
            paid: news.source.amount, isCaptured: news.source.isCaptured, amount: news.amount, currency: news.currency,
            status: news.status, speedProcessed: news.speedProcessed, receipt: news.receipt, actor: news.actor,
            requestID: news.requestID)
        return switch try await hear.hear(said, in: transaction) {
        case .applied(let order): .applied(order)
        case .unchanged: .unchanged
        case .waiting(let why): .waiting(why)
        case .refused(let why): .refused(why)
        }
    }
}

extension RefundProvider {
    /// The calls of the one provider there is.
    init(_ client: RazorpayClient) {
        self.init(
            refund: { request throws(RefundCallError) in
                do throws(RazorpayRefundFailure) {
                    return ProviderRefund(
                        try await client.refund(
                            payment: request.payment, amount: request.amount, speed: request.speed, key: request.key,
                            note: "\(request.refund)"))
                } catch {
                    throw RefundCallError(error)
                }
            },
            find: { payment, receipt throws(RefundCallError) in
                do throws(RazorpayRefundFailure) {
                    return try await client.refund(ofPayment: payment, receipt: receipt).map { ProviderRefund($0) }
                } catch {
                    throw RefundCallError(error)
                }
            },
            fetch: { id throws(RefundCallError) in
                do throws(RazorpayRefundFailure) {
                    return ProviderRefund(try await client.refundState(id))
                } catch {
                    throw RefundCallError(error)
                }
            })
    }
}

extension ProviderRefund {
    init(_ state: RazorpayRefundState) {
        self.init(
            id: state.id, payment: state.payment, amount: state.amount, currency: state.currency, status: state.status,
            speedProcessed: state.speedProcessed, receipt: state.receipt)
    }
}

extension RefundCallError {
    init(_ failure: RazorpayRefundFailure) {
        switch failure {
        case .notDone(let why): self = .notDone(why)
        case .unknown(let why): self = .unknown(why)
        case .refused(let code, let text): self = .refused(code: code, text: text)
        }
    }
}
