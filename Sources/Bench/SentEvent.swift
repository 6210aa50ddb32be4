// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// An attempt to pay an order, as the database has it when it was opened.
struct OpenAttempt: Equatable, Sendable {
    let id: PaymentID
    let order: OrderID
    let amount: Int64
    let providerOrder: String
}

/// An event about the one payment of an attempt, and what the server said.
struct SentEvent: Equatable, Sendable {
    let attempt: OpenAttempt
    var outcome: Outcome

    enum Outcome: Equatable, Sendable {
        /// 200: from here on it counts, once.
        case acknowledged
        case refused(String)
        case inDoubt
        case unsent
    }

    private var number: String { String(attempt.id.rawValue, radix: 16) }
    var id: String { "evt_Bench" + number }
    var payment: String { "pay_Bench" + number }

    /// The envelope in one line, as the provider writes it.
    func body(at seconds: Int64) -> [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.field("entity", "event")
            json.field("account_id", "acc_Bench000000001")
            json.field("event", "payment.captured")
            json.field("contains", ["payment"])
            json.object("payload") { json in
                json.object("payment") { json in
                    json.object("entity") { json in entity(&json, seconds) }
                }
            }
            json.field("created_at", seconds)
        }
        return json.bytes
    }

    private func entity(_ json: inout JSONWriter, _ seconds: Int64) {
        json.field("id", payment)
        json.field("entity", "payment")
        json.field("amount", attempt.amount)
        json.field("currency", "INR")
        json.field("status", "captured")
        json.field("order_id", attempt.providerOrder)
        json.nullField("invoice_id")
        json.field("international", false)
        json.field("method", "upi")
        json.field("amount_refunded", 0)
        json.nullField("refund_status")
        json.field("captured", true)
        json.field("description", "an order of a load run")
        json.nullField("card_id")
        json.nullField("bank")
        json.nullField("wallet")
        json.field("vpa", "asha@upi")
        json.field("email", "asha@example.org")
        json.field("contact", "+919812345678")
        json.object("notes") { json in
            json.field("order_id", attempt.order.description)
            json.field("payment_id", attempt.id.description)
        }
        json.field("fee", attempt.amount / 50)
        json.field("tax", 0)
        json.nullField("error_code")
        json.nullField("error_description")
        json.field("created_at", seconds)
    }

    /// What does not fit, one sentence each.
    ///
    /// - Parameter stored: nil when the attempt is gone.
    func mismatches(with stored: StoredPayment?) -> [String] {
        guard let stored else { return ["\(attempt.id) is gone"] }
        switch outcome {
        case .inDoubt: return ["event \(id) was never answered"]
        case .refused(let code):
            return stored.captured == 0 ? [] : ["event \(id) was refused (\(code)), but \(attempt.id) is captured"]
        case .unsent:
            return stored.captured == 0 ? [] : ["\(attempt.id) is captured, but nothing was sent about it"]
        case .acknowledged:
            let wanted = StoredPayment(
                status: "captured", captured: attempt.amount, orderStatus: "confirmed", paid: attempt.amount, events: 1,
                payments: 1, entries: 1, debit: attempt.amount, credit: attempt.amount)
            return stored == wanted ? [] : ["event \(id) was acknowledged, but \(attempt.id) is \(stored)"]
        }
    }
}

/// What the database holds of an attempt after a run.
struct StoredPayment: Equatable, Sendable, CustomStringConvertible {
    var status: String
    var captured: Int64
    var orderStatus: String?
    /// What counts towards the order.
    var paid: Int64?
    /// Rows of the inbox that were processed, payments of the provider, entries of the ledger with their sums.
    var events, payments, entries: Int
    var debit, credit: Int64

    var description: String {
        "\(status) with \(captured), its order \(orderStatus ?? "gone") with \(paid ?? 0); \(events) events, "
            + "\(payments) provider payments, \(entries) ledger entries of \(debit)/\(credit)"
    }
}
