// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Money that the merchant sends to a bank account.
struct ProviderPayout: Sendable {
    enum Status: String, CaseIterable, Sendable {
        case processing, processed, reversed, failed
    }

    enum Mode: String, CaseIterable, Sendable {
        case neft = "NEFT"
        case rtgs = "RTGS"
        case imps = "IMPS"
        case upi = "UPI"
    }

    let id: String
    let fundAccountID: String
    var amount: Int64
    let mode: Mode
    let purpose: String
    let referenceID: String?
    let narration: String?
    let notes: Notes
    /// Unix seconds.
    let createdAt: Int64
    var status = Status.processing
    /// The bank's number, once it is processed.
    var utr: String?
}

extension ProviderPayout: EventEntity {
    static var eventName: String { "payout" }

    /// One rupee more.
    var altered: ProviderPayout {
        var payout = self
        payout.amount += 100
        return payout
    }

    func write(to json: inout JSONWriter) {
        let hasFailed = status == .failed || status == .reversed
        json.object { json in
            json.field("id", id)
            json.field("entity", "payout")
            json.field("fund_account_id", fundAccountID)
            json.field("amount", amount)
            json.field("currency", Currency.inr.code)
            json.field("notes", notes)
            json.field("fees", 0)
            json.field("tax", 0)
            json.field("status", status.rawValue)
            json.field("purpose", purpose)
            json.field("utr", utr)
            json.field("mode", mode.rawValue)
            json.field("reference_id", referenceID)
            json.field("narration", narration)
            json.nullField("batch_id")
            json.object("status_details") { json in
                json.field("description", hasFailed ? "The bank did not take the payout." : nil)
                json.field("source", hasFailed ? "beneficiary_bank" : nil)
                json.field("reason", hasFailed ? "beneficiary_bank_rejected" : nil)
            }
            json.field("created_at", createdAt)
        }
    }
}
