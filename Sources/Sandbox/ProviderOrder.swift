// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a merchant asks to be paid. Its payments are tries; at most one of them is meant to succeed.
struct ProviderOrder: Sendable {
    /// Only forward: a refund does not take an order out of `paid`.
    enum Status: String, Sendable {
        /// Nobody has tried to pay.
        case created
        /// Somebody has tried.
        case attempted
        /// A payment is captured.
        case paid
    }

    /// What happens to a payment that is authorized by itself, without the merchant.
    enum Capture: String, CaseIterable, Sendable {
        case automatic
        case manual
    }

    /// What becomes of payments that nobody captures, in minutes after they were begun.
    struct CaptureOptions: Sendable {
        /// Until then one that is authorized late is captured by itself; nil: always.
        var automaticMinutes: Int64?
        /// Then what is authorized and not captured goes back to the payer: three days.
        var manualMinutes: Int64 = 4320
        /// How fast it goes back.
        var refundSpeed = ProviderRefund.Speed.normal
    }

    let id: String
    var amount: Int64
    let currency: Currency
    let receipt: String?
    let capture: Capture
    let captureOptions: CaptureOptions
    /// Unix seconds.
    let createdAt: Int64
    var notes: Notes
    var status = Status.created
    var amountPaid: Int64 = 0
    var attempts = 0
    /// Its payments, oldest first.
    var paymentIDs: [String] = []

    /// What is still to be paid.
    var amountDue: Int64 { status == .paid ? 0 : max(0, amount - amountPaid) }

    /// Whether a payment of it that is authorized now is captured without the merchant.
    func capturesByItself(_ payment: ProviderPayment, at now: Int64) -> Bool {
        guard capture == .automatic else { return false }
        return captureOptions.automaticMinutes.map { now - payment.createdAt <= $0 * 60 } ?? true
    }

    /// Counts a payment in; an underpaid order stays open. A payment in another currency is taken for the whole amount:
    /// that its amount does not fit is for the merchant to see.
    mutating func add(captured payment: ProviderPayment) {
        amountPaid += payment.amount
        if payment.currency != currency || amountPaid >= amount { status = .paid }
    }
}

extension ProviderOrder: EventEntity {
    static var eventName: String { "order" }

    /// One rupee more.
    var altered: ProviderOrder {
        var order = self
        order.amount += 100
        return order
    }

    func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("entity", "order")
        json.field("amount", amount)
        json.field("amount_paid", amountPaid)
        json.field("amount_due", amountDue)
        json.field("currency", currency.code)
        json.field("receipt", receipt)
        json.nullField("offer_id")
        json.field("status", status.rawValue)
        json.field("attempts", attempts)
        json.field("notes", notes)
        json.field("created_at", createdAt)
    }
}

/// A list in the provider's form.
struct EntityList<Entity: JSONWritable>: JSONWritable {
    let items: [Entity]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("entity", "collection")
            json.field("count", items.count)
            json.field("items", items)
        }
    }
}
