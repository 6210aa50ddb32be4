// SPDX-License-Identifier: Apache-2.0

extension OrderBook {
    func refund(_ id: String) throws(ProviderError) -> ProviderRefund {
        guard let refund = refunds[id] else { throw .unknownID }
        return refund
    }

    /// A payment's refunds, newest first.
    func refunds(of payment: ProviderPayment) -> [ProviderRefund] {
        payment.refundIDs.reversed().compactMap { refunds[$0] }
    }

    /// The merchant gives money back. What is refunded and what is under way is never more than what was captured.
    mutating func refund(
        _ paymentID: String, _ new: NewRefund, at now: Int64
    ) throws(ProviderError) -> (refund: ProviderRefund, events: [EventDraft]) {
        let payment = try payment(paymentID)
        guard payment.isCaptured else {
            throw .refused("The payment status should be captured for action to be taken")
        }
        let left = payment.amount - payment.amountRefunded
        guard left > 0 else { throw .refused("The payment has been fully refunded already") }
        let amount = new.amount ?? left
        guard amount >= payment.currency.orderMin else {
            throw .invalid("amount", "The amount must be at least \(payment.currency == .inr ? "INR 1.00" : "1").")
        }
        guard amount <= payment.amount else {
            throw .invalid("amount", "The refund amount provided is greater than amount captured")
        }
        guard amount <= left else {
            throw .invalid("amount", "The total refund amount is greater than the refund payment amount")
        }
        guard payment.refundIDs.count < limits.refundsPerPayment else {
            throw .refused("Refunds of this payment have exceeded the limit.")
        }
        return makeRefund(of: payment, amount, new, at: now)
    }

    /// Makes a refund of a payment, without a question.
    mutating func makeRefund(
        of payment: ProviderPayment, _ amount: Int64, _ new: NewRefund, at now: Int64
    ) -> (refund: ProviderRefund, events: [EventDraft]) {
        var payment = payment
        let refund = ProviderRefund(
            id: ids.make("rfnd_"), paymentID: payment.id, amount: amount, currency: payment.currency,
            receipt: new.receipt, speed: new.speed, createdAt: now, notes: new.notes,
            speedProcessed: new.speed.processed)
        payment.refundIDs.append(refund.id)
        payment.add(refunded: amount)
        refunds[refund.id] = refund
        payments[payment.id] = payment
        return (refund, [EventDraft(.refundCreated, refund, payment)])
    }

    /// The money has reached the payer, as far as the provider knows.
    mutating func processRefund(
        _ id: String
    ) throws(ProviderError) -> (refund: ProviderRefund, events: [EventDraft]) {
        let refund = try refund(id)
        guard refund.status == .pending else { throw .refused("The refund is \(refund.status.rawValue) already.") }
        return complete(refund)
    }

    /// The same with a pending refund at hand.
    mutating func complete(_ refund: ProviderRefund) -> (refund: ProviderRefund, events: [EventDraft]) {
        var refund = refund
        refund.status = .processed
        refunds[refund.id] = refund
        return (refund, news(.refundProcessed, refund))
    }

    /// The money has not reached the payer, whatever was said before: it can be refunded again.
    mutating func failRefund(
        _ id: String
    ) throws(ProviderError) -> (refund: ProviderRefund, events: [EventDraft]) {
        var refund = try refund(id)
        guard refund.status != .failed else { throw .refused("The refund is failed already.") }
        refund.status = .failed
        refund.reference = nil
        refunds[id] = refund
        if var payment = payments[refund.paymentID] {
            payment.add(refunded: -refund.amount)
            payments[payment.id] = payment
        }
        return (refund, news(.refundFailed, refund))
    }

    /// The payer's bank cannot do it at once: it goes the normal way.
    mutating func slowRefund(
        _ id: String
    ) throws(ProviderError) -> (refund: ProviderRefund, events: [EventDraft]) {
        var refund = try refund(id)
        let normal = ProviderRefund.Speed.normal.processed
        guard refund.status == .pending, refund.speedProcessed != normal else {
            throw .refused("Only a pending instant refund can become normal.")
        }
        refund.speedProcessed = normal
        refunds[id] = refund
        return (refund, news(.refundSpeedChanged, refund))
    }

    /// The bank tells its reference, which is no event.
    mutating func addReference(toRefund id: String) -> [EventDraft] {
        if var refund = refunds[id], refund.status == .processed {
            refund.reference = ids.digits(23)
            refunds[id] = refund
        }
        return []
    }

    mutating func editRefund(_ id: String, notes: Notes) throws(ProviderError) -> ProviderRefund {
        var refund = try refund(id)
        refund.notes = notes
        refunds[id] = refund
        return refund
    }

    private func news(_ name: EventDraft.Name, _ refund: ProviderRefund) -> [EventDraft] {
        payments[refund.paymentID].map { [EventDraft(name, refund, $0)] } ?? []
    }
}
