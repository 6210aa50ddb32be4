// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// One attempt to pay an order, as the API shows it.
struct Payment: Sendable, JSONWritable {
    let id: PaymentID
    let order: OrderID
    let user: UserID
    let provider: String
    let method: String?
    let status: PaymentStatus
    let amount: Money
    let refunded: Int64
    let providerOrder: String?
    let providerPayment: String?
    /// Payments that the provider has reported for this attempt.
    let attempts: Int
    let failure: (code: String?, message: String?)
    let createdAt: Timestamp
    let capturedAt: Timestamp?

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    /// Writes the members without the braces around them.
    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("order_id", order)
        json.field("provider", provider)
        json.fieldIfPresent("method", method)
        json.field("status", status.rawValue)
        json.field("amount", amount)
        json.field("refunded_amount", Money(minor: refunded, currency: amount.currency))
        json.fieldIfPresent("provider_order_id", providerOrder)
        json.fieldIfPresent("provider_payment_id", providerPayment)
        json.field("attempts", attempts)
        if failure.code != nil || failure.message != nil {
            json.object("failure") { json in
                json.fieldIfPresent("code", failure.code)
                json.fieldIfPresent("message", failure.message)
            }
        }
        json.field("created_at", createdAt)
        json.fieldIfPresent("captured_at", capturedAt)
    }
}
