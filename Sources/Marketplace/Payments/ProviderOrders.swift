// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
import MarketCore
import MarketHTTP
public import UVRuntime

/// An attempt that needs the provider's order.
struct PaymentIntent: Sendable {
    let payment: PaymentID
    let order: OrderID
    let amount: Money
    /// How long the order's units are kept, from now.
    let payable: Duration
    /// Whether an earlier call may have made the provider's order already: then it is asked first.
    let mayExist: Bool
}

/// Makes the provider's orders for our attempts: one call at a time for each attempt, and never a second order for it.
///
/// The provider has no idempotency key for orders, so the receipt is the payment's id: a repeated call is answered with the
/// first order, and after an unknown outcome the provider is asked by receipt before anything is sent again.
///
/// - Isolation: an actor on the loop of its HTTP client.
public final actor ProviderOrders: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let client: RazorpayClient
    private let logger: Logger
    private var flights: [PaymentID: [LoopContinuation<Result<RazorpayOrder, RazorpayError>>]] = [:]

    /// Makes an actor over a client of the same loop.
    public init(executor: LoopExecutor, client: RazorpayClient, logger: Logger) {
        self.executor = executor
        self.client = client
        self.logger = logger
    }

    /// The provider's order of an attempt, made if need be.
    ///
    /// Calls for one attempt share one flight; their number is bounded by the connections that wait for them.
    func order(for intent: PaymentIntent) async throws(RazorpayError) -> RazorpayOrder {
        if flights[intent.payment] != nil {
            let shared: Result<RazorpayOrder, RazorpayError>? = try? await withLoopContinuation { continuation in
                guard flights[intent.payment] != nil else {
                    continuation.resume(returning: .failure(RazorpayError(.notDone, "the shared call has ended")))
                    return
                }
                flights[intent.payment]?.append(continuation)
            }
            guard let shared else { throw RazorpayError(.notDone, "the shared call has ended") }
            return try shared.get()
        }
        flights[intent.payment] = []
        let result: Result<RazorpayOrder, RazorpayError>
        do throws(RazorpayError) {
            result = .success(try await make(intent))
        } catch {
            result = .failure(error)
            logger.warning(
                "the provider made no order", metadata: ["payment": "\(intent.payment)", "reason": "\(error)"])
        }
        for waiter in flights.removeValue(forKey: intent.payment) ?? [] { waiter.resume(returning: result) }
        return try result.get()
    }

    private func make(_ intent: PaymentIntent) async throws(RazorpayError) -> RazorpayOrder {
        let receipt = "\(intent.payment)"
        if intent.mayExist, let known = try await client.order(receipt: receipt) { return try checked(known, intent) }
        do throws(RazorpayError) {
            return try checked(
                try await client.createOrder(
                    receipt: receipt, amount: intent.amount,
                    notes: [("order_id", "\(intent.order)"), ("payment_id", receipt)], captureWithin: intent.payable),
                intent)
        } catch {
            if let existing = error.existingOrder, RazorpayID.isValid(existing) {
                return try checked(try await client.order(existing), intent)
            }
            // Perhaps it exists, and only its answer was lost.
            guard error.kind == .unknown, let known = try? await client.order(receipt: receipt) else { throw error }
            return try checked(known, intent)
        }
    }

    private func checked(_ order: RazorpayOrder, _ intent: PaymentIntent) throws(RazorpayError) -> RazorpayOrder {
        guard order.amount == intent.amount.minor, order.currency == intent.amount.currency.description,
            order.receipt == nil || order.receipt == "\(intent.payment)"
        else { throw RazorpayError(.malformed, "order \(order.id) is not the one that was asked for") }
        return order
    }
}
