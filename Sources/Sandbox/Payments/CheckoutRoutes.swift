// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// What payer and bank do: `/control/orders` and `/control/payments`.
enum CheckoutRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.control.rawValue
        return [
            Route(.post, "/control/orders/{id}/pay", name: "control.pay", access: access) { request in
                .json(try await provider.pay(request.id, CheckoutAttempt(RequestFields(request))))
            },
            Route(.post, "/control/payments/{id}/late-authorize", name: "control.late-authorize", access: access) {
                request in
                try RequestFields(request).allow(only: [])
                return .json(try await provider.lateAuthorize(request.id))
            },
            Route(.post, "/control/payments/{id}/complete", name: "control.complete", access: access) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["outcome"])
                let outcome = try RequestFields.required(
                    "outcome", fields.choice("outcome", of: CheckoutAttempt.Outcome.self))
                return .json(try await provider.complete(request.id, outcome))
            },
        ]
    }
}

/// What the checkout gives to the page: three signed fields, or the error.
struct CheckoutResult: JSONWritable {
    let payment: ProviderPayment
    /// Lower-case hexadecimal; nil for a payment that failed.
    let signature: String?

    init(_ payment: ProviderPayment, key: HMACSHA256) {
        self.payment = payment
        signature =
            payment.status == .failed
            ? nil : Self.signature(orderID: payment.orderID, paymentID: payment.id, key: key)
    }

    /// What shows that the pair comes from the provider.
    static func signature(orderID: String, paymentID: String, key: HMACSHA256) -> String {
        key.code("\(orderID)|\(paymentID)").hex
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("razorpay_payment_id", payment.id)
            json.field("razorpay_order_id", payment.orderID)
            if let signature {
                json.field("razorpay_signature", signature)
                return
            }
            json.object("error") { json in
                json.field("code", PaymentFailure.code)
                json.field("description", PaymentFailure.description)
                json.field("source", PaymentFailure.source)
                json.field("step", PaymentFailure.step)
                json.field("reason", PaymentFailure.reason)
                json.object("metadata") { json in
                    json.field("payment_id", payment.id)
                    json.field("order_id", payment.orderID)
                }
            }
        }
    }
}

extension PaymentProvider {
    /// Authorized, captured, and the order paid.
    static let eventsPerOccurrence = 3

    fileprivate func pay(_ orderID: String, _ attempt: CheckoutAttempt) throws(ProviderError) -> CheckoutResult {
        let now = seconds
        let payment = try happen { (book) throws(ProviderError) in try book.pay(orderID, attempt, at: now) }
        follow(payment)
        return CheckoutResult(payment, key: checkoutKey)
    }

    fileprivate func lateAuthorize(_ id: String) throws(ProviderError) -> CheckoutResult {
        let now = seconds
        let payment = try happen { (book) throws(ProviderError) in try book.lateAuthorize(id, at: now) }
        follow(payment)
        return CheckoutResult(payment, key: checkoutKey)
    }

    /// The bank answers for a payment that a merchant's server has begun.
    fileprivate func complete(
        _ id: String, _ outcome: CheckoutAttempt.Outcome
    ) throws(ProviderError) -> CheckoutResult {
        let payment = try happen { (book) throws(ProviderError) in try book.finish(id, outcome) }
        follow(payment)
        return CheckoutResult(payment, key: checkoutKey)
    }
}
