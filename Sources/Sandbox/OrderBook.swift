// SPDX-License-Identifier: Apache-2.0
import HTTP

/// All orders, payments and what hangs on them, and the rules by which they change: no I/O, no clock, so a step is tested by itself.
///
/// What the merchant is to be told comes back as event drafts, in the order in which things happened.
struct OrderBook: Sendable {
    var orders = Shelf<ProviderOrder>()
    var payments = Shelf<ProviderPayment>()
    /// They go with their payment.
    var refunds = Shelf<ProviderRefund>()
    /// The orders that have a receipt, oldest first.
    private var receipts: [String: [String]] = [:]
    /// Those that may go when there is no room.
    private var paidOrders = IDQueue()
    let ids: IDSource
    let limits: SandboxLimits

    init(ids: IDSource, limits: SandboxLimits) {
        self.ids = ids
        self.limits = limits
    }

    // MARK: Reads

    func order(_ id: String) throws(ProviderError) -> ProviderOrder {
        guard let order = orders[id] else { throw .unknownID }
        return order
    }

    func payment(_ id: String) throws(ProviderError) -> ProviderPayment {
        guard let payment = payments[id] else { throw .unknownID }
        return payment
    }

    /// An order's payments, newest first.
    func payments(of order: ProviderOrder) -> [ProviderPayment] {
        order.paymentIDs.reversed().compactMap { payments[$0] }
    }

    /// Orders of a receipt, newest first.
    func orders(receipt: String) -> [ProviderOrder] {
        (receipts[receipt] ?? []).reversed().compactMap { orders[$0] }
    }

    // MARK: Orders

    mutating func create(_ new: NewOrder, at now: Int64) throws(ProviderError) -> ProviderOrder {
        if new.isReceiptUnique, let first = receipts[new.receipt ?? ""]?.first, let order = orders[first] {
            guard order.amount == new.amount, order.currency == new.currency else {
                throw .refused("Order receipt should be unique.", metadata: [(name: "order_id", value: order.id)])
            }
            return order
        }
        try makeRoom()
        let order = ProviderOrder(
            id: ids.make("order_"), amount: new.amount, currency: new.currency, receipt: new.receipt,
            capture: new.capture, createdAt: now, notes: new.notes)
        orders[order.id] = order
        if let receipt = order.receipt { receipts[receipt, default: []].append(order.id) }
        return order
    }

    mutating func edit(_ id: String, notes: Notes) throws(ProviderError) -> ProviderOrder {
        var order = try order(id)
        order.notes = notes
        orders[id] = order
        return order
    }

    private mutating func makeRoom() throws(ProviderError) {
        guard orders.count >= limits.orders else { return }
        guard let id = paidOrders.popFirst(), let order = orders[id] else { throw .throttled }
        for payment in order.paymentIDs { forget(payment) }
        orders[id] = nil
        if let receipt = order.receipt {
            receipts[receipt]?.removeAll { $0 == id }
            if receipts[receipt]?.isEmpty == true { receipts[receipt] = nil }
        }
    }

    private mutating func forget(_ paymentID: String) {
        for refund in payments[paymentID]?.refundIDs ?? [] { refunds[refund] = nil }
        payments[paymentID] = nil
    }

    // MARK: Payments

    /// A payer tries to pay.
    mutating func pay(
        _ orderID: String, _ attempt: CheckoutAttempt, at now: Int64
    ) throws(ProviderError) -> (payment: ProviderPayment, events: [EventDraft]) {
        var order = try order(orderID)
        guard order.status != .paid else { throw .refused("Payment already done for this order.") }
        guard !payments(of: order).contains(where: { $0.status == .authorized }) else {
            throw .refused("A payment of this order is authorized already.")
        }
        guard order.paymentIDs.count < limits.attemptsPerOrder else {
            throw .refused("Payment attempts on this order have exceeded the limit.")
        }
        let currency = attempt.currency ?? order.currency
        let amount = attempt.amount ?? order.amount
        try currency.check(amount, min: 1)
        let succeeds = attempt.outcome != .failed
        let payment = ProviderPayment(
            id: ids.make("pay_"), orderID: order.id, amount: amount, currency: currency,
            method: .made(attempt.method, succeeds: succeeds, ids: ids),
            // Characters that every way of writing JSON spells differently: who re-encodes a body is found out.
            description: "Café & चाय / \(order.receipt ?? order.id)", notes: order.notes, createdAt: now,
            status: succeeds ? .authorized : .failed)
        order.attempts += 1
        order.status = .attempted
        order.paymentIDs.append(payment.id)
        orders[order.id] = order
        payments[payment.id] = payment
        guard succeeds else { return (payment, [EventDraft(.paymentFailed, payment)]) }
        let authorized = EventDraft(.paymentAuthorized, payment)
        guard attempt.outcome == .captured else { return (payment, [authorized]) }
        let (captured, events) = settle(payment, order)
        return (captured, [authorized] + events)
    }

    /// The bank says yes to a payment that has failed. It is captured when the order says so and is still open.
    mutating func lateAuthorize(
        _ id: String
    ) throws(ProviderError) -> (payment: ProviderPayment, events: [EventDraft]) {
        var payment = try payment(id)
        guard payment.status == .failed else { throw .refused("Only a failed payment can be authorized late.") }
        payment.status = .authorized
        payments[id] = payment
        let authorized = EventDraft(.paymentAuthorized, payment)
        guard let order = orders[payment.orderID], order.capture == .automatic, order.status != .paid else {
            return (payment, [authorized])
        }
        let (captured, events) = settle(payment, order)
        return (captured, [authorized] + events)
    }

    /// The merchant takes an authorized payment.
    mutating func capture(
        _ id: String, amount: Int64, currency: Currency
    ) throws(ProviderError) -> (payment: ProviderPayment, events: [EventDraft]) {
        let payment = try payment(id)
        switch payment.status {
        case .captured, .refunded: throw .refused("This payment has already been captured")
        case .failed:
            throw .refused("Only payments which have been authorized and not yet captured can be captured")
        case .authorized: break
        }
        guard let order = orders[payment.orderID], order.status != .paid else {
            throw .refused("The order of this payment is already paid")
        }
        guard currency == payment.currency else {
            throw .invalid("currency", "The currency must be the one of the payment.")
        }
        guard amount == payment.amount else {
            throw .invalid("amount", "Capture amount must be equal to the amount authorized")
        }
        return settle(payment, order)
    }

    /// Captures, and tells what came of it for the order.
    private mutating func settle(
        _ payment: ProviderPayment, _ order: ProviderOrder
    ) -> (payment: ProviderPayment, events: [EventDraft]) {
        var payment = payment
        var order = order
        payment.status = .captured
        payment.isCaptured = true
        order.add(captured: payment)
        payments[payment.id] = payment
        orders[order.id] = order
        var events = [EventDraft(.paymentCaptured, payment)]
        if order.status == .paid {
            paidOrders.append(order.id)
            events.append(EventDraft(.orderPaid, payment, order))
        }
        return (payment, events)
    }
}
