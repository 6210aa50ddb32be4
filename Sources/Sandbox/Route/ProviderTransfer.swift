// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Money on its way to a linked account.
struct ProviderTransfer: Sendable {
    enum Status: String, Sendable {
        /// Its order is not paid.
        case created
        case pending, processed, failed
        case partiallyReversed = "partially_reversed"
        case reversed
    }

    let id: String
    /// An order, a payment, or the platform's account.
    let source: String
    let recipient: String
    var amount: Int64
    /// Unix seconds.
    let createdAt: Int64
    let notes: Notes
    let linkedNotes: [String]
    var isOnHold: Bool
    /// Unix seconds; nil holds for good.
    var onHoldUntil: Int64?
    var status: Status
    /// The payment that it comes from, when there is one.
    var paymentID: String?
    var amountReversed: Int64 = 0
    var reversals: [ProviderReversal] = []
    var settlementID: String?
    var processedAt: Int64?

    /// The platform's fee, tax included: a fifth of a per cent and 18 per cent GST on it.
    var fee: (total: Int64, tax: Int64) {
        let base = (amount * 2 + 500) / 1000
        let tax = (base * 18 + 50) / 100
        return (base + tax, tax)
    }

    /// Whether the recipient's share is kept back at this time.
    func isHeld(at now: Int64) -> Bool {
        isOnHold && onHoldUntil.map { now < $0 } ?? true
    }

    private var settlementStatus: String? {
        if settlementID != nil { return "settled" }
        guard processedAt != nil, status != .failed else { return nil }
        return isOnHold ? "on_hold" : "pending"
    }
}

extension ProviderTransfer: EventEntity {
    static var eventName: String { "transfer" }

    /// One rupee more.
    var altered: ProviderTransfer {
        var transfer = self
        transfer.amount += 100
        return transfer
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "transfer")
            json.field("status", status.rawValue)
            json.field("source", source)
            json.field("recipient", recipient)
            json.field("amount", amount)
            json.field("currency", Currency.inr.code)
            json.field("amount_reversed", amountReversed)
            json.field("fees", fee.total)
            json.field("tax", fee.tax)
            json.field("notes", notes)
            json.field("linked_account_notes", linkedNotes)
            json.field("on_hold", isOnHold)
            json.field("on_hold_until", onHoldUntil)
            json.field("settlement_status", settlementStatus)
            json.field("recipient_settlement_id", settlementID)
            json.field("created_at", createdAt)
            json.field("processed_at", processedAt)
            json.object("error") { json in
                json.field("code", status == .failed ? "BAD_REQUEST_ERROR" : nil)
                json.field("description", status == .failed ? "The transfer could not be processed." : nil)
                json.field("reason", status == .failed ? "transfer_failed" : nil)
            }
        }
    }
}

/// Money on its way back from a linked account.
struct ProviderReversal: Sendable {
    let id: String
    let transferID: String
    let amount: Int64
    let notes: Notes
    /// Unix seconds.
    let createdAt: Int64
    /// The refund that took it back.
    let refundID: String?
}

extension ProviderReversal: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "reversal")
            json.field("transfer_id", transferID)
            json.field("amount", amount)
            json.field("fee", 0)
            json.field("tax", 0)
            json.field("currency", Currency.inr.code)
            json.field("notes", notes)
            json.field("initiator_id", EventDraft.accountID)
            json.field("customer_refund_id", refundID)
            json.nullField("utr")
            json.field("created_at", createdAt)
        }
    }
}
