// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/payments/initiate/`: opens the checkout for an unpaid order.
///
/// In order: intent row with the key's claim, commit; the provider's order, with nothing held; its id with the stored answer,
/// commit. What undoes each step: a refusal rolls the first commit back; a dead or failing provider leaves an intent
/// that the next call, with whatever key, goes on with, as does the check of old intents.
struct InitiatePayment: Sendable {
    let dependencies: PaymentsDependencies

    enum MethodHint: String, CaseIterable { case card, upi, netbanking, wallet, emi }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let store = dependencies.store
        return try await dependencies.phased.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) { transaction in
            guard let order = try Self.order(request) else { throw Problem(.notFound) }
            return try Self.opened(
                try await store.initiate(
                    order, of: caller.user, newPayment: dependencies.ids.next(), in: transaction))
        } call: { opened in
            Checkout(
                providerOrder: try await providerOrder(opened), buyer: try await dependencies.ports.buyer(caller.user))
        } finish: { transaction, opened, checkout in
            if opened.providerOrder == nil {
                try await store.initiated(opened.payment, providerOrder: checkout.providerOrder, in: transaction)
            }
            guard let payment = try await store.payment(opened.payment, of: caller.user, in: transaction) else {
                throw Problem(.notFound)
            }
            // What was recorded stays: late money finds its attempt by it.
            guard let order = try await store.payable(opened.order, of: caller.user, in: transaction) else {
                throw Problem(.notFound)
            }
            if let ended = Self.ended(payment, order) { return ended.response(to: request) }
            return answer(payment, checkout, isNew: opened.isNew)
        }
    }

    /// Why nothing is to be paid any more: the order ended during the call, or its money came; nil where it still waits. The order
    /// counts, not the attempt: the provider's order of a failed one can be paid all the same.
    private static func ended(_ payment: Payment, _ order: PayableOrder) -> Problem? {
        switch (payment.status, order.status) {
        case (_, .confirmed), (_, .processing), (_, .completed): alreadyPaid
        case (_, .expired): expired
        case (_, .pendingPayment) where order.isOverdue: expired
        // Its money came and is not the order's, or has gone back: that attempt pays nothing any more.
        case (.captured, _), (.partiallyRefunded, _), (.refunded, _): notPayable
        case _ where order.isOpen: nil
        default: notPayable
        }
    }

    /// What is found out between the two transactions.
    private struct Checkout: Sendable {
        let providerOrder: String
        let buyer: Buyer?
    }

    private func providerOrder(_ opened: OpenedPayment) async throws -> String {
        if let known = opened.providerOrder { return known }
        do throws(RazorpayError) {
            return try await dependencies.providerOrders.order(for: opened.intent(at: dependencies.clock.now())).id
        } catch {
            throw error.problem
        }
    }

    private func answer(_ payment: Payment, _ checkout: Checkout, isNew: Bool) -> HTTPResponse {
        .json(isNew ? .created : .ok, capacity: 768) { json in
            json.field("payment", payment)
            json.field("provider", payment.provider)
            json.object("checkout") { json in
                json.field("key_id", dependencies.account.keyID)
                // Another process may have written its order first: that one counts.
                json.field("razorpay_order_id", payment.providerOrder ?? checkout.providerOrder)
                json.field("amount", payment.amount.minor)
                json.field("currency", payment.amount.currency.description)
                json.field("name", dependencies.shopName)
                json.object("prefill") { json in
                    if let buyer = checkout.buyer {
                        json.field("name", buyer.name)
                        json.field("email", buyer.email)
                        json.fieldIfPresent("contact", buyer.phone)
                    }
                }
                json.object("notes") { json in
                    json.field("order_id", payment.order)
                    json.field("payment_id", payment.id)
                }
            }
        }
    }

    /// The order that is to be paid; nil for what is no id. The hint and the address are the browser's business: they are
    /// read to refuse nonsense.
    private static func order(_ request: RequestContext) throws -> OrderID? {
        try request.json { body in
            let order = body.string("order_id", length: 1...64)
            _ = body.optionalChoice("method_hint", of: MethodHint.self)
            if let url = body.optionalString("return_url", length: 1...2048), !url.hasPrefix("https://"),
                !url.hasPrefix("http://localhost"), !url.hasPrefix("http://127.0.0.1")
            {
                body.fail("return_url", code: "invalid", message: "an https URL")
            }
            return OrderID(order)
        }
    }

    private static func opened(_ result: PaymentStore.InitiateResult) throws -> OpenedPayment {
        switch result {
        case .opened(let payment): payment
        case .notFound: throw Problem(.notFound)
        case .alreadyPaid: throw alreadyPaid
        case .expired: throw expired
        case .notPayable: throw notPayable
        }
    }

    private static let alreadyPaid = Problem(.alreadyPaid, detail: "The order is paid.")
    private static let expired = Problem(
        .orderExpired, detail: "The order's time to pay is over; its units went back.")
    private static let notPayable = Problem(
        .orderNotPayable,
        detail: "The order is not waiting for an online payment, or money of a payment is set aside already.")
}

/// An open attempt as the intent's transaction left it.
struct OpenedPayment: Sendable {
    let payment: PaymentID
    let order: OrderID
    let amount: Money
    let reservedUntil: Timestamp
    /// The provider's order, where an earlier call got one.
    let providerOrder: String?
    /// Whether this request made the attempt.
    let isNew: Bool

    func intent(at now: Timestamp) -> PaymentIntent {
        PaymentIntent(
            payment: payment, order: order, amount: amount, payable: max(.zero, reservedUntil - now), mayExist: !isNew)
    }
}
