// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Money on its way back to a payer.
struct ProviderRefund: Sendable {
    /// `processed` may still become `failed`: the provider says so before the payer's bank does.
    enum Status: String, Sendable {
        case pending, processed, failed
    }

    /// How fast the merchant wants it.
    enum Speed: String, CaseIterable, Sendable {
        case normal
        /// At once where the payer's bank can do it.
        case optimum

        /// How it is tried.
        var processed: String { self == .normal ? "normal" : "instant" }
    }

    let id: String
    let paymentID: String
    var amount: Int64
    let currency: Currency
    let receipt: String?
    let speed: Speed
    /// Unix seconds.
    let createdAt: Int64
    var notes: Notes
    /// `normal` or `instant`; an instant one may have to become normal.
    var speedProcessed: String
    var status = Status.pending
    /// The bank's reference, some time after it is processed.
    var reference: String?
}

extension ProviderRefund: EventEntity {
    static var eventName: String { "refund" }

    /// One rupee more.
    var altered: ProviderRefund {
        var refund = self
        refund.amount += 100
        return refund
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "refund")
            json.field("amount", amount)
            json.field("currency", currency.code)
            json.field("payment_id", paymentID)
            json.field("notes", notes)
            json.field("receipt", receipt)
            json.object("acquirer_data") { json in json.field("arn", reference) }
            json.field("created_at", createdAt)
            json.nullField("batch_id")
            json.field("status", status.rawValue)
            json.field("speed_processed", speedProcessed)
            json.field("speed_requested", speed.rawValue)
        }
    }
}
