// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What banks and payers do by themselves.
extension PaymentProvider {
    /// Without an answer of the bank a payment fails then.
    private static let bankTimeout: Duration = .seconds(600)
    /// How long the payers of the test addresses look at their phones.
    private static let payerDelay: Duration = .seconds(10)

    /// Lets time work on a payment that was begun or authorized.
    func follow(_ payment: ProviderPayment) {
        switch payment.status {
        case .created:
            schedule(.bankTimeout(payment.id), after: Self.bankTimeout)
            if case .upi(let address, _) = payment.method,
                [VirtualAddress.succeeds, VirtualAddress.fails].contains(address)
            {
                schedule(.payerAnswer(payment.id), after: Self.payerDelay)
            }
        case .authorized:
            let minutes = book.orders[payment.orderID]?.captureOptions.manualMinutes ?? 0
            schedule(.captureWindow(payment.id), at: Timestamp(seconds: payment.createdAt + minutes * 60))
        case .captured, .refunded, .failed: break
        }
    }

    /// The payer of a test address has looked at the phone.
    func answerPayment(_ id: String) -> [EventDraft] {
        guard let payment = book.payments[id], payment.status == .created, case .upi(let address, _) = payment.method
        else { return [] }
        return conclude(payment, address == VirtualAddress.fails ? .failed : .success)
    }

    /// The bank has not answered.
    func timeOutPayment(_ id: String) -> [EventDraft] {
        guard let payment = book.payments[id], payment.status == .created else { return [] }
        return conclude(payment, .failed)
    }

    private func conclude(_ payment: ProviderPayment, _ outcome: CheckoutAttempt.Outcome) -> [EventDraft] {
        let (payment, events) = book.conclude(payment, outcome)
        follow(payment)
        return events
    }

    /// Nobody has captured it.
    func expirePayment(_ id: String) -> [EventDraft] {
        guard let payment = book.payments[id], payment.status == .authorized else { return [] }
        let (refund, events) = book.expire(payment, at: seconds)
        follow(refund)
        return events
    }
}
