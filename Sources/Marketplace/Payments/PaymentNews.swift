// SPDX-License-Identifier: Apache-2.0
public import Actors
import HTTP
public import Logging
public import MarketCore
import MarketHTTP

/// The one way in which news of the provider reaches the books, whichever of the three inputs brought it: webhook, verify,
/// poller.
///
/// - Isolation: callable from any loop.
public struct PaymentNews: Sendable {
    private let payments: PaymentActor
    private let inbox: ProviderInbox
    private let client: RazorpayClient
    private let ids: IDGenerator
    private let orderChanged: @Sendable (OrderID) async -> Void
    private let logger: Logger

    /// Puts the parts together.
    public init(
        payments: PaymentActor, inbox: ProviderInbox, client: RazorpayClient, ids: IDGenerator,
        orderChanged: @escaping @Sendable (OrderID) async -> Void, logger: Logger
    ) {
        self.payments = payments
        self.inbox = inbox
        self.client = client
        self.ids = ids
        self.orderChanged = orderChanged
        self.logger = logger
    }

    /// Keeps an event and applies it, whichever part of the books it concerns; returns after the commit. One that cannot be read is kept
    /// for an operator.
    func receive(
        _ event: RazorpayEvent, _ received: PaymentMessage.Event, requestID: String?
    ) async throws -> PaymentOutcome {
        let actor = RazorpayClient.provider
        let outcome: PaymentOutcome
        if !event.isReadable {
            return try await inbox.keep(received, unreadable: event.complaint ?? "it is not as documented")
        } else if let refund = event.refund {
            outcome = try await inbox.receive(
                received, refund.news(event: event.type, payment: event.source, actor: actor, requestID: requestID))
        } else if let dispute = event.dispute {
            outcome = try await inbox.receive(
                received, DisputeNews(event: event.type, dispute, actor: actor, requestID: requestID),
                order: event.source?.order)
        } else if let settlement = event.settlement {
            outcome = try await inbox.receive(received, settlement: settlement)
        } else {
            return try await apply(message(event, received, requestID: requestID))
        }
        if outcome.code == .applied, let order = outcome.order { await orderChanged(order) }
        return outcome
    }

    /// Tells those who wait for an order that it has changed by something that is committed.
    func tell(ofChanged order: OrderID) async {
        await orderChanged(order)
    }

    /// Applies one message; returns after its commit.
    private func apply(_ message: PaymentMessage) async throws -> PaymentOutcome {
        let outcome = try await payments.apply(message)
        if outcome.code == .applied, let order = outcome.order { await orderChanged(order) }
        return outcome
    }

    /// The message that an event makes.
    private func message(_ event: RazorpayEvent, _ received: PaymentMessage.Event, requestID: String?) -> PaymentMessage
    {
        PaymentMessage(
            kind: event.kind, event: received, payment: event.payment?.snapshot, source: RazorpayClient.provider,
            requestID: requestID, ledgerEntry: ids.next())
    }

    /// Asks the provider about one payment of an attempt, and applies what it says.
    func ask(_ payment: String, ofOrder providerOrder: String, requestID: String) async throws {
        let said: RazorpayPayment
        do throws(RazorpayError) {
            said = try await client.payment(payment)
        } catch {
            logger.warning("the provider cannot say", metadata: ["payment": "\(payment)", "reason": "\(error)"])
            throw error.problem
        }
        guard said.id == payment, said.order == providerOrder else {
            logger.error("the provider names another order", metadata: ["payment": "\(payment)"])
            throw RazorpayError(.malformed, "another order").problem
        }
        try await tell(said, source: "verify", requestID: requestID)
    }

    /// Asks the provider what was paid on its order, and applies all of it; returns what it said.
    @discardableResult
    func askAll(ofOrder providerOrder: String, source: String) async throws -> [RazorpayPayment] {
        let payments = try await client.payments(ofOrder: providerOrder).filter { $0.order == providerOrder }
        for payment in payments { try await tell(payment, source: source) }
        return payments
    }

    /// Asks the provider about a dispute, and applies what it says.
    func ask(aboutDispute id: String, source: String) async throws -> NewsVerdict {
        let said = try await client.dispute(id)
        guard said.id == id else { throw RazorpayError(.malformed, "another dispute") }
        return try await tell(said, source: source)
    }

    /// Applies a dispute as the provider described it when it was asked.
    func tell(_ dispute: RazorpayDispute, source: String) async throws -> NewsVerdict {
        let verdict = try await inbox.apply(asked: dispute, actor: source)
        if case .applied(let order?) = verdict { await orderChanged(order) }
        return verdict
    }

    /// Applies a refund as the provider described it when it was asked.
    ///
    /// - Parameter payment: where the money came from, as it is there.
    func tell(_ refund: RazorpayRefund, of payment: RazorpayPayment, source: String) async throws {
        let news = refund.news(event: nil, payment: payment, actor: source, requestID: nil)
        if case .applied(let order?)? = try await inbox.apply(news) { await orderChanged(order) }
    }

    /// Applies a payment as the provider described it when it was asked.
    func tell(_ payment: RazorpayPayment, source: String, requestID: String? = nil) async throws {
        guard let kind = payment.kind else { return }
        _ = try await apply(
            PaymentMessage(
                kind: kind, event: nil, payment: payment.snapshot, source: source, requestID: requestID,
                ledgerEntry: ids.next()))
    }
}
