// SPDX-License-Identifier: Apache-2.0
import HTTP

/// A page that asks somebody for money.
struct PaymentLink: Sendable {
    enum Status: String, Sendable {
        case created
        case partiallyPaid = "partially_paid"
        case paid, cancelled, expired

        /// Whether it can be paid.
        var isOpen: Bool { self == .created || self == .partiallyPaid }
    }

    /// One payment of it.
    struct Part: Sendable {
        let payment: String
        let amount: Int64
        let method: String
        /// Unix seconds.
        let createdAt: Int64
    }

    let id: String
    var amount: Int64
    let currency: Currency
    let firstPartMin: Int64
    let description: String?
    let customer: KeptMembers?
    let callbackURL: String?
    let callbackMethod: String?
    let notifiesBySMS: Bool
    let notifiesByEmail: Bool
    /// Unix seconds.
    let createdAt: Int64
    var updatedAt: Int64
    var acceptsParts: Bool
    var referenceID: String
    var expireBy: Int64?
    var reminds: Bool
    var notes: Notes
    var status = Status.created
    var orderID: String?
    var amountPaid: Int64 = 0
    var parts: [Part] = []
    var cancelledAt: Int64 = 0
    var expiredAt: Int64 = 0
}

extension PaymentLink: EventEntity {
    static var eventName: String { "payment_link" }

    /// One rupee more.
    var altered: PaymentLink {
        var link = self
        link.amount += 100
        return link
    }

    /// Sorted by name, as the provider sends this entity.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("accept_partial", acceptsParts)
            json.field("amount", amount)
            json.field("amount_paid", amountPaid)
            json.field("callback_method", callbackMethod ?? "")
            json.field("callback_url", callbackURL ?? "")
            json.field("cancelled_at", cancelledAt)
            json.field("created_at", createdAt)
            json.field("currency", currency.code)
            json.object("customer") { json in customer?.writeMembers(to: &json) }
            json.field("description", description ?? "")
            json.field("expire_by", expireBy ?? 0)
            json.field("expired_at", expiredAt)
            json.field("first_min_partial_amount", firstPartMin)
            json.field("id", id)
            json.field("notes", notes)
            json.object("notify") { json in
                json.field("email", notifiesByEmail)
                json.field("sms", notifiesBySMS)
            }
            json.field("order_id", orderID)
            json.array("payments") { json in
                for part in parts { write(part, to: &json) }
            }
            json.field("reference_id", referenceID)
            json.field("reminder_enable", reminds)
            json.array("reminders") { _ in }
            json.field("short_url", "https://rzp.io/i/\(id.suffix(8))")
            json.field("status", status.rawValue)
            json.field("updated_at", updatedAt)
            json.field("upi_link", false)
            json.field("user_id", "")
        }
    }

    private func write(_ part: Part, to json: inout JSONWriter) {
        json.object { json in
            json.field("amount", part.amount)
            json.field("created_at", part.createdAt)
            json.field("method", part.method)
            json.field("payment_id", part.payment)
            json.field("plink_id", id)
            json.field("status", "captured")
        }
    }
}
