// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Writes down a step of a seller, its examination or a document: history, audit and one event, in the transaction of the step.
struct SellerLog: Sendable {
    /// What moved.
    enum Subject: String {
        case seller, kyc, document
    }

    /// One step.
    struct Step {
        let subject: Subject
        /// The machine's event.
        let event: String
        let from: String
        let to: String
        /// What subscribers are told, such as `seller.approved`.
        let type: String
        var document: KYCDocumentID?
        var reasonCode: String?
        var note: String?
    }

    let request: RequestContext
    let caller: Caller
    let transaction: PostgresTransaction

    func append(_ step: Step, of seller: SellerID) async throws {
        let actor = AuditActor(caller, of: request)
        let isAdmin = if case .admin = actor { true } else { false }
        try await SellerHistoryStore.append(
            step, of: seller, actorType: isAdmin ? "admin" : "user", actor: caller.user,
            requestID: request.requestID.description, in: transaction)
        try await OutboxStore.append(
            OutboxEvent(
                type: step.type, aggregateType: "seller", aggregateID: seller.rawValue,
                sequence: try await SellerStore.nextEvent(seller, in: transaction), payload: payload(step, seller)),
            in: transaction)
        try await AuditLog.append(
            step.type, by: caller, in: request, entityType: step.subject.rawValue,
            entityID: step.document?.rawValue ?? seller.rawValue, before: Self.state(step.from),
            after: Self.state(step.to), reason: step.note ?? step.reasonCode, in: transaction)
    }

    private func payload(_ step: Step, _ seller: SellerID) -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.field("seller_id", seller.rawValue)
            if let document = step.document { json.field("document_id", document.rawValue) }
            json.field("from", step.from)
            json.field("to", step.to)
            json.fieldIfPresent("reason_code", step.reasonCode)
        }
        return json.bytes
    }

    private static func state(_ text: String) -> [UInt8] {
        var json = JSONWriter(capacity: 48)
        json.object { $0.field("status", text) }
        return json.bytes
    }
}
