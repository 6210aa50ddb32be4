// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Money on its way to an account's bank.
struct ProviderSettlement: Sendable {
    enum Status: String, Sendable {
        case created, processed, failed
    }

    let id: String
    let account: String
    var amount: Int64
    let fees: Int64
    let tax: Int64
    let utr: String
    /// Unix seconds.
    let createdAt: Int64
    var status: Status
}

extension ProviderSettlement: EventEntity {
    static var eventName: String { "settlement" }

    /// One rupee more.
    var altered: ProviderSettlement {
        var settlement = self
        settlement.amount += 100
        return settlement
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "settlement")
            json.field("amount", amount)
            json.field("status", status.rawValue)
            json.field("fees", fees)
            json.field("tax", tax)
            json.field("utr", utr)
            json.field("created_at", createdAt)
        }
    }
}

/// A settlement that the merchant did not wait for.
struct OnDemandSettlement: Sendable {
    let id: String
    let amount: Int64
    let isFull: Bool
    let description: String?
    let notes: Notes
    /// Unix seconds.
    let createdAt: Int64
    var isProcessed = false

    /// A quarter of a per cent and 18 per cent GST on it.
    var fee: (total: Int64, tax: Int64) {
        let base = (amount * 25 + 5000) / 10_000
        let tax = (base * 18 + 50) / 100
        return (base + tax, tax)
    }
}

extension OnDemandSettlement: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "settlement.ondemand")
            json.field("amount_requested", amount)
            json.field("amount_settled", isProcessed ? amount - fee.total : 0)
            json.field("amount_pending", isProcessed ? 0 : amount - fee.total)
            json.field("amount_reversed", 0)
            json.field("fees", fee.total)
            json.field("tax", fee.tax)
            json.field("currency", Currency.inr.code)
            json.field("settle_full_balance", isFull)
            json.field("status", isProcessed ? "processed" : "initiated")
            json.field("description", description)
            json.field("notes", notes)
            json.field("created_at", createdAt)
        }
    }
}
