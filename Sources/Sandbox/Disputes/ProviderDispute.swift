// SPDX-License-Identifier: Apache-2.0
import HTTP

/// A payer's bank wants money back.
struct ProviderDispute: Sendable {
    /// Within one phase `won`, `lost` and `closed` are final; a later phase opens it again.
    enum Status: String, Sendable {
        case open
        case underReview = "under_review"
        case won, lost, closed

        var isFinal: Bool { self == .won || self == .lost || self == .closed }
    }

    /// In their order: a dispute goes forward only.
    enum Phase: String, CaseIterable, Sendable {
        case fraud, retrieval, chargeback
        case preArbitration = "pre_arbitration"
        case arbitration

        func isAfter(_ other: Phase) -> Bool {
            let all = Self.allCases
            return (all.firstIndex(of: self) ?? 0) > (all.firstIndex(of: other) ?? 0)
        }
    }

    let id: String
    let paymentID: String
    var amount: Int64
    let currency: Currency
    let reasonCode: String
    /// Unix seconds.
    let createdAt: Int64
    var phase: Phase
    var status = Status.open
    /// Unix seconds: unanswered then, it is lost.
    var respondBy: Int64
    /// More than 0 only when it is lost.
    var amountDeducted: Int64 = 0
    var evidence = DisputeEvidence()
}

extension ProviderDispute: EventEntity {
    static var eventName: String { "dispute" }

    /// One rupee more.
    var altered: ProviderDispute {
        var dispute = self
        dispute.amount += 100
        return dispute
    }

    func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("entity", "dispute")
        json.field("payment_id", paymentID)
        json.field("amount", amount)
        json.field("currency", currency.code)
        json.field("amount_deducted", amountDeducted)
        json.field("reason_code", reasonCode)
        json.field("respond_by", respondBy)
        json.field("status", status.rawValue)
        json.field("phase", phase.rawValue)
        json.field("created_at", createdAt)
        json.field("evidence", evidence)
    }
}
