// SPDX-License-Identifier: Apache-2.0

extension OrderBook {
    typealias PaymentChange = (payment: ProviderPayment, events: [EventDraft])

    /// A payer tries to pay: begins, and the bank answers at once.
    mutating func pay(
        _ orderID: String, _ attempt: CheckoutAttempt, at now: Int64
    ) throws(ProviderError) -> PaymentChange {
        let new = NewPayment(attempt, ids: ids)
        let payment = try begin(orderID, new, at: now)
        return conclude(payment, attempt.outcome)
    }

    /// A payer begins to pay; the bank has not answered.
    mutating func begin(
        _ orderID: String, _ new: NewPayment, at now: Int64
    ) throws(ProviderError) -> ProviderPayment {
        var order = try order(orderID)
        guard order.status != .paid else { throw .refused("Payment already done for this order.") }
        guard !payments(of: order).contains(where: { $0.status == .authorized }) else {
            throw .refused("A payment of this order is authorized already.")
        }
        guard order.paymentIDs.count < limits.attemptsPerOrder else {
            throw .refused("Payment attempts on this order have exceeded the limit.")
        }
        let currency = new.currency ?? order.currency
        let amount = new.amount ?? order.amount
        try currency.check(amount, min: 1)
        var payment = ProviderPayment(
            id: ids.make("pay_"), orderID: order.id, amount: amount, currency: currency, method: new.method,
            // Characters that every way of writing JSON spells differently: who re-encodes a body is found out.
            description: new.description ?? "Café & चाय / \(order.receipt ?? order.id)",
            createdAt: now, notes: new.notes ?? order.notes, status: .created)
        payment.email = new.email ?? payment.email
        payment.contact = new.contact ?? payment.contact
        order.attempts += 1
        order.status = .attempted
        order.paymentIDs.append(payment.id)
        orders[order.id] = order
        payments[payment.id] = payment
        return payment
    }

    /// The bank answers for a payment that has begun.
    mutating func finish(
        _ id: String, _ outcome: CheckoutAttempt.Outcome
    ) throws(ProviderError) -> PaymentChange {
        let payment = try payment(id)
        guard payment.status == .created else { throw .refused("The payment is \(payment.status.rawValue) already.") }
        return conclude(payment, outcome)
    }

    /// The same with a payment at hand that has begun.
    mutating func conclude(_ payment: ProviderPayment, _ outcome: CheckoutAttempt.Outcome) -> PaymentChange {
        var payment = payment
        guard outcome != .failed else {
            payment.status = .failed
            payments[payment.id] = payment
            return (payment, [EventDraft(.paymentFailed, payment)])
        }
        payment.status = .authorized
        payments[payment.id] = payment
        let authorized = EventDraft(.paymentAuthorized, payment)
        // Another payment may have been faster.
        guard let order = orders[payment.orderID], order.status != .paid,
            outcome == .captured || (outcome == .success && order.capture == .automatic)
        else { return (payment, [authorized]) }
        let (captured, events) = settle(payment, order)
        return (captured, [authorized] + events)
    }

    /// The bank says yes to a payment that has failed. It is captured when the order says so, is still open, and the
    /// order's time for it has not passed.
    mutating func lateAuthorize(_ id: String, at now: Int64) throws(ProviderError) -> PaymentChange {
        var payment = try payment(id)
        guard payment.status == .failed else { throw .refused("Only a failed payment can be authorized late.") }
        payment.status = .authorized
        payment.isLate = true
        payments[id] = payment
        let authorized = EventDraft(.paymentAuthorized, payment)
        guard let order = orders[payment.orderID], order.status != .paid, order.capturesByItself(payment, at: now)
        else { return (payment, [authorized]) }
        let (captured, events) = settle(payment, order)
        return (captured, [authorized] + events)
    }

    /// The merchant takes an authorized payment.
    mutating func capture(
        _ id: String, amount: Int64, currency: Currency
    ) throws(ProviderError) -> PaymentChange {
        let payment = try payment(id)
        switch payment.status {
        case .captured: throw .refused("This payment has already been captured")
        case .refunded:
            throw .refused(
                payment.isCaptured
                    ? "This payment has already been captured" : "The payment has been fully refunded already")
        case .failed, .created:
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

    /// The time to capture has passed: an authorized payment goes back to its payer, who is told like of any refund.
    mutating func expire(
        _ payment: ProviderPayment, at now: Int64
    ) -> (refund: ProviderRefund, events: [EventDraft]) {
        var new = NewRefund()
        new.speed = orders[payment.orderID]?.captureOptions.refundSpeed ?? .normal
        return makeRefund(of: payment, payment.amount, new, at: now)
    }

    mutating func editPayment(_ id: String, notes: Notes) throws(ProviderError) -> ProviderPayment {
        var payment = try payment(id)
        payment.notes = notes
        payments[id] = payment
        return payment
    }

    /// Captures, and tells what came of it for the order.
    private mutating func settle(_ payment: ProviderPayment, _ order: ProviderOrder) -> PaymentChange {
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
