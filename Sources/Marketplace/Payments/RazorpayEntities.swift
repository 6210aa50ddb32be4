// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP

/// The provider's order, as far as we read it.
struct RazorpayOrder: Sendable, Equatable {
    let id: String
    /// Minor units.
    let amount: Int64
    let currency: String
    let receipt: String?
    let status: String

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let amount = json["amount"]?.int64,
            let currency = json["currency"]?.string, let status = json["status"]?.string
        else { return nil }
        self.id = id
        self.amount = amount
        self.currency = currency
        self.status = status
        receipt = json["receipt"]?.string
    }
}

/// The provider's payment, as far as we read it.
struct RazorpayPayment: Sendable, Equatable {
    let id: String
    let order: String?
    /// Minor units.
    let amount: Int64
    let currency: String
    /// created, authorized, captured, refunded, failed; others may come.
    let status: String
    let method: String?
    /// Whether the money has been taken; nil: not said. Counts for refunds only: an authorized payment's status wins over it.
    let isCaptured: Bool?
    let errorCode: String?
    let errorText: String?
    /// Seconds since 1970.
    let createdAt: Int64?

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let amount = json["amount"]?.int64, amount >= 0,
            let currency = json["currency"]?.string, currency.utf8.count == 3, let status = json["status"]?.string
        else { return nil }
        self.id = id
        self.amount = amount
        self.currency = currency
        self.status = status
        order = RazorpayText.read(json["order_id"])
        guard order.map(RazorpayID.isValid) ?? true else { return nil }
        method = RazorpayText.read(json["method"])
        isCaptured = json["captured"]?.bool
        errorCode = RazorpayText.read(json["error_code"])
        errorText = RazorpayText.read(json["error_description"])
        createdAt = json["created_at"]?.int64
    }

    /// What the status asks our books to do; nil for one that asks nothing (`created`, or a name we do not know).
    ///
    /// A refunded payment asks nothing here: its money is gone again, so it must not pay an order.
    var kind: PaymentMessage.Kind? {
        switch status {
        case "failed": .failed
        case "authorized": .authorized
        case "captured": .captured
        default: nil
        }
    }

    var snapshot: PaymentMessage.Snapshot {
        PaymentMessage.Snapshot(
            order: order, payment: id, amount: amount, currency: currency, method: method,
            failure: (errorCode, errorText))
    }
}

/// The form of the provider's ids: a prefix and 14 letters or digits; we accept any short word, and nothing that could
/// change the path it is put into.
enum RazorpayID {
    static func isValid(_ text: String) -> Bool {
        let octets = text.utf8
        return (1...64).contains(octets.count)
            && octets.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
            }
    }
}
