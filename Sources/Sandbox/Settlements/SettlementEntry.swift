// SPDX-License-Identifier: Apache-2.0
import HTTP

/// One line of what the provider owes an account: a row of the report.
struct SettlementEntry: Sendable {
    enum Kind: String, Sendable {
        case payment, refund, transfer, adjustment
    }

    let kind: Kind
    let entityID: String
    let account: String
    /// The entity's.
    let amount: Int64
    let credit: Int64
    let debit: Int64
    /// Tax included.
    let fee: Int64
    let tax: Int64
    /// Unix seconds.
    let createdAt: Int64
    let paymentID: String?
    var order: ProviderOrder?
    var method: String?

    init(
        _ kind: Kind, _ entityID: String, of account: String, amount: Int64, credit: Int64 = 0, debit: Int64 = 0,
        fee: Int64 = 0, tax: Int64 = 0, at createdAt: Int64, payment: String? = nil
    ) {
        self.kind = kind
        self.entityID = entityID
        self.account = account
        self.amount = amount
        self.credit = credit
        self.debit = debit
        self.fee = fee
        self.tax = tax
        self.createdAt = createdAt
        paymentID = payment
    }

    /// What it adds to the balance.
    var change: Int64 { credit - debit }

    func write(_ settlement: ProviderSettlement, to json: inout JSONWriter) {
        json.object { json in
            json.field("entity_id", entityID)
            json.field("type", kind.rawValue)
            json.field("debit", debit)
            json.field("credit", credit)
            json.field("amount", amount)
            json.field("currency", Currency.inr.code)
            json.field("fee", fee)
            json.field("tax", tax)
            json.field("on_hold", false)
            json.field("settled", true)
            json.field("created_at", createdAt)
            json.field("settled_at", settlement.createdAt)
            json.field("settlement_id", settlement.id)
            json.field("settlement_utr", settlement.utr)
            json.field("payment_id", paymentID)
            json.field("order_id", order?.id)
            json.field("order_receipt", order?.receipt)
            json.field("method", method)
            json.nullField("description")
            json.field("notes", order?.notes ?? Notes())
            json.nullField("dispute_id")
        }
    }
}
