// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a payer does at the checkout: the body of `POST /control/orders/{id}/pay`.
struct CheckoutAttempt: Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        /// The bank agrees; the payment is captured where the order's capture setting says so.
        case success
        /// Paid and captured, whatever the order's own setting says.
        case captured
        /// The bank agrees; the merchant has yet to capture, whatever the order's own setting says.
        case authorized
        /// The bank declines.
        case failed
    }

    var outcome: Outcome
    var method = ProviderPayment.Method.Name.upi
    /// Other than the order's, for tests of merchants that do not compare.
    var amount: Int64?
    /// Other than the order's, for the same.
    var currency: Currency?

    init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    init(_ fields: RequestFields) throws(ProviderError) {
        try fields.allow(only: ["outcome", "method", "amount", "currency"])
        outcome = try RequestFields.required("outcome", fields.choice("outcome", of: Outcome.self))
        method = try fields.choice("method", of: ProviderPayment.Method.Name.self) ?? method
        amount = try fields.integer("amount", in: 1...SandboxLimits.amountMax)
        if let code = try fields.text("currency", max: 16) { currency = try Currency(code) }
    }
}
