// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// A refund as the provider has it.
public struct ProviderRefund: Sendable, Equatable {
    /// The provider's id.
    public let id: String
    /// Its payment.
    public let payment: String
    /// Minor units.
    public let amount: Int64
    /// ISO 4217 as the provider wrote it.
    public let currency: String
    /// pending, processed, failed; others may come.
    public let status: String
    /// normal or instant, once it is known.
    public let speedProcessed: String?
    /// Ours; nil for one that was made elsewhere.
    public let receipt: String?

    /// States a refund.
    public init(
        id: String, payment: String, amount: Int64, currency: String, status: String, speedProcessed: String?,
        receipt: String?
    ) {
        self.id = id
        self.payment = payment
        self.amount = amount
        self.currency = currency
        self.status = status
        self.speedProcessed = speedProcessed
        self.receipt = receipt
    }
}

/// Why the provider made no refund, as far as that is known.
public enum RefundCallError: Error, Sendable, Equatable {
    /// It was not done: no connection, turned away, told to wait. It may be sent again.
    case notDone(String)
    /// It may have been done: ask before it is sent again.
    case unknown(String)
    /// It is refused, and would be again.
    case refused(code: String, text: String)
}

/// What refunds need of the payment provider.
///
/// - Isolation: callable from any loop.
public struct RefundProvider: Sendable {
    /// What is asked of it.
    public struct Request: Sendable {
        /// The provider's payment.
        public let payment: String
        /// How much.
        public let amount: Money
        /// normal or optimum.
        public let speed: String
        /// Idempotency key and receipt: 10 to 36 of `A-Z a-z 0-9 - _`. The same again is the same refund.
        public let key: String
        /// Ours, as a note for people.
        public let refund: RefundID
    }

    /// Makes a refund, or finds the one that has the key.
    public let refund: @Sendable (Request) async throws(RefundCallError) -> ProviderRefund
    /// The refund of a payment that has this receipt; nil when there is none.
    public let find: @Sendable (_ payment: String, _ receipt: String) async throws(RefundCallError) -> ProviderRefund?
    /// A refund as it is now.
    public let fetch: @Sendable (_ id: String) async throws(RefundCallError) -> ProviderRefund

    /// Binds the calls.
    public init(
        refund: @escaping @Sendable (Request) async throws(RefundCallError) -> ProviderRefund,
        find: @escaping @Sendable (String, String) async throws(RefundCallError) -> ProviderRefund?,
        fetch: @escaping @Sendable (String) async throws(RefundCallError) -> ProviderRefund
    ) {
        self.refund = refund
        self.find = find
        self.fetch = fetch
    }
}
