// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// The provider's dispute, as far as we read it.
struct RazorpayDispute: Sendable, Equatable {
    let id: String
    let payment: String
    /// Minor units that the buyer's bank asks for.
    let amount: Int64
    let currency: String
    /// Minor units that were taken from us; more than zero only when it is lost. nil: not said.
    let deducted: Int64?
    let reason: String?
    let phase: DisputePhase
    let status: DisputeStatus
    /// Seconds since 1970.
    let respondBy: Int64?

    /// nil for an entity without its fields, and for a phase or status that is not documented.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let payment = json["payment_id"]?.string,
            RazorpayID.isValid(payment), let amount = json["amount"]?.int64, amount >= 0,
            let currency = json["currency"]?.string, currency.utf8.count == 3,
            let phase = json["phase"]?.string.flatMap({ DisputePhase(rawValue: $0) }),
            let status = json["status"]?.string.flatMap({ Self.statuses[$0] })
        else { return nil }
        self.id = id
        self.payment = payment
        self.amount = amount
        self.currency = currency
        self.phase = phase
        self.status = status
        deducted = json["amount_deducted"]?.int64.map { max(0, $0) }
        reason = RazorpayText.read(json["reason_code"])
        respondBy = json["respond_by"]?.int64
    }

    /// The provider's words.
    private static let statuses: [String: DisputeStatus] = [
        "open": .open, "under_review": .underReview, "won": .won, "lost": .lost, "closed": .closed,
    ]
}

/// How far a dispute has come; a later phase may open it again.
enum DisputePhase: String, Sendable, CaseIterable {
    case fraud, retrieval, chargeback
    case preArbitration = "pre_arbitration"
    case arbitration
}
