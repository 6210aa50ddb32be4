// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A dispute as admins see it.
struct Dispute: Sendable, JSONWritable {
    let id: DisputeID
    let providerDispute: String
    let providerPayment: String
    let payment: PaymentID
    let order: OrderID
    /// What the buyer's bank asks for.
    let amount: Money
    /// What the provider has taken; more than zero only where it is lost.
    let deducted: Int64
    let reason: String?
    let phase: DisputePhase
    let status: DisputeStatus
    /// Until when evidence may be handed in.
    let respondBy: Timestamp?
    let openedAt: Timestamp
    let endedAt: Timestamp?
    let version: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("payment_id", payment)
            json.field("order_id", order)
            json.field("provider_dispute_id", providerDispute)
            json.field("provider_payment_id", providerPayment)
            json.field("amount", amount)
            json.field("deducted_amount", Money(minor: deducted, currency: amount.currency))
            json.fieldIfPresent("reason_code", reason)
            json.field("phase", phase.rawValue)
            json.field("status", status.rawValue)
            json.fieldIfPresent("respond_by", respondBy)
            json.field("opened_at", openedAt)
            json.fieldIfPresent("ended_at", endedAt)
            json.field("version", version)
        }
    }

    /// Whether we may still say something.
    var isAnswerable: Bool { status == .open || status == .evidenceRequired }
}

/// The words with which disputes are described in OpenAPI.
enum DisputeSchema {
    static let dispute = Schema.object(
        [
            .required("id", .id(DisputeID.self)), .required("payment_id", .id(PaymentID.self)),
            .required("order_id", .id(OrderID.self)),
            .required("provider_dispute_id", .string(example: "disp_RkT7c1mVqZx4Hd")),
            .required("provider_payment_id", .string(example: "pay_RkT5b2nWqYc8Jd")),
            .required("amount", .money(259_800)), .required("deducted_amount", .money(0)),
            .optional("reason_code", .string(example: "goods_not_received")),
            .required("phase", .choice(of: DisputePhase.self, example: .chargeback)),
            .required("status", .choice(of: DisputeStatus.self, example: .open)),
            .optional("respond_by", Schema.timestamp.says("The provider's deadline.")),
            .required("opened_at", .timestamp), .optional("ended_at", .timestamp), .required("version", .version),
        ], isClosed: true
    ).named("Dispute")
}
