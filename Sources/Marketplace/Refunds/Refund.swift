// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Money that goes back, or is to.
struct Refund: Sendable {
    /// What of an order a refund gives back.
    enum PartKind: String, Sendable {
        case line, shipping, goodwill
    }

    /// One such thing.
    struct Part: Sendable {
        let kind: PartKind
        let line: OrderLineID?
        let quantity: Int
        let amount: Int64
        /// A line's amount as it was paid: taxable value, CGST, SGST, IGST.
        let taxes: (taxable: Int64, cgst: Int64, sgst: Int64, igst: Int64)
        let restocked: Int
    }

    /// A step in its life.
    struct Step: Sendable {
        let at: Timestamp
        let from: String?
        let to: String
        let event: String
        let actor: String
        let reason: String?
    }

    let id: RefundID
    /// The first refund of its request: one request may take from several payments.
    let request: RefundID
    let payment: PaymentID
    let order: OrderID
    let sellerOrder: SellerOrderID?
    let user: UserID
    let amount: Money
    let status: RefundStatus
    let reason: String
    let note: String?
    let fundedBy: String
    let speed: String
    let speedProcessed: String?
    /// automatic, manual or provider.
    let origin: String
    let providerRefund: String?
    let requestedBy: UserID?
    let decidedBy: UserID?
    let failure: (code: String?, message: String?)
    let isSuperseded: Bool
    let createdAt: Timestamp
    let processedAt: Timestamp?
    var parts: [Part] = []

    /// Who looks at it.
    enum Reader: Sendable {
        case buyer, admin
    }

    func writeMembers(for reader: Reader, to json: inout JSONWriter) {
        json.field("id", id)
        json.field("request_id", request)
        json.field("payment_id", payment)
        json.field("order_id", order)
        json.fieldIfPresent("seller_order_id", sellerOrder)
        json.field("amount", amount)
        json.array("lines") { json in
            for part in parts where part.kind == .line { writeLine(part, to: &json) }
        }
        writeSum(of: .shipping, "shipping", to: &json)
        writeSum(of: .goodwill, "goodwill", to: &json)
        json.field("status", status.rawValue)
        json.field("reason_code", reason)
        json.field("funded_by", fundedBy)
        json.field("speed", speed)
        json.fieldIfPresent("speed_processed", speedProcessed)
        json.fieldIfPresent("provider_refund_id", providerRefund)
        json.field("created_at", createdAt)
        json.fieldIfPresent("processed_at", processedAt)
        if reader == .admin { writeInternals(to: &json) }
    }

    private func writeLine(_ part: Part, to json: inout JSONWriter) {
        json.object { json in
            json.fieldIfPresent("line_id", part.line)
            json.field("quantity", part.quantity)
            json.field("amount", Money(minor: part.amount, currency: amount.currency))
            json.field("taxable_value", Money(minor: part.taxes.taxable, currency: amount.currency))
            json.object("tax") { json in
                json.field("cgst", Money(minor: part.taxes.cgst, currency: amount.currency))
                json.field("sgst", Money(minor: part.taxes.sgst, currency: amount.currency))
                json.field("igst", Money(minor: part.taxes.igst, currency: amount.currency))
            }
        }
    }

    private func writeSum(of kind: PartKind, _ name: StaticString, to json: inout JSONWriter) {
        let chosen = parts.filter { $0.kind == kind }
        guard !chosen.isEmpty else { return }
        json.field(name, Money(minor: chosen.reduce(0) { $0 + $1.amount }, currency: amount.currency))
    }

    /// What is not the buyer's business.
    private func writeInternals(to json: inout JSONWriter) {
        json.field("user_id", user)
        json.field("origin", origin)
        json.fieldIfPresent("note", note)
        json.fieldIfPresent("requested_by", requestedBy)
        json.fieldIfPresent("decided_by", decidedBy)
        json.field("superseded", isSuperseded)
        if failure.code != nil || failure.message != nil {
            json.object("failure") { json in
                json.fieldIfPresent("code", failure.code)
                json.fieldIfPresent("message", failure.message)
            }
        }
    }

    /// The answer of an act.
    func response(_ status: HTTPStatus = .ok) -> HTTPResponse {
        .json(status, capacity: 1024) { json in writeMembers(for: .admin, to: &json) }
    }
}

extension Refund.Step: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("at", at)
            json.fieldIfPresent("from", from)
            json.field("to", to)
            json.field("event", event)
            json.field("actor", actor)
            json.fieldIfPresent("reason", reason)
        }
    }
}
