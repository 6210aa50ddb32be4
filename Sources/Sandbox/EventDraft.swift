// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Something the merchant is to be told: the entities as they were when it happened.
struct EventDraft: Sendable {
    enum Name: String, Sendable {
        case paymentAuthorized = "payment.authorized"
        case paymentCaptured = "payment.captured"
        case paymentFailed = "payment.failed"
        case orderPaid = "order.paid"
    }

    /// Whose events these are: the platform's account.
    static let accountID = "acc_SbxMkt0000001A"

    let name: Name
    let payment: ProviderPayment
    let order: ProviderOrder?

    init(_ name: Name, _ payment: ProviderPayment, _ order: ProviderOrder? = nil) {
        self.name = name
        self.payment = payment
        self.order = order
    }

    /// The same event about one rupee more: what an event id must not be used for twice.
    var altered: EventDraft {
        let payment = ProviderPayment(
            id: payment.id, orderID: payment.orderID, amount: payment.amount + 100, currency: payment.currency,
            method: payment.method, description: payment.description, notes: payment.notes,
            createdAt: payment.createdAt, status: payment.status)
        return EventDraft(name, payment, order)
    }

    /// The envelope in one line: the octets that are signed and sent.
    func body(at now: Int64, escape: EscapeStyle) -> [UInt8] {
        var json = JSONWriter(capacity: 1536)
        json.object { json in
            json.field("entity", "event")
            json.field("account_id", Self.accountID)
            json.field("event", name.rawValue)
            json.field("contains", order == nil ? ["payment"] : ["payment", "order"])
            json.object("payload") { json in
                json.object("payment") { json in json.field("entity", payment) }
                if let order {
                    json.object("order") { json in json.field("entity", order) }
                }
            }
            json.field("created_at", now)
        }
        return escape.applied(to: json.bytes)
    }
}
