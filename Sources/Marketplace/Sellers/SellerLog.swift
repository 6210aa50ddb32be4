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
        try await Self.append(
            step, of: seller, by: AuditActor(caller, of: request), requestID: request.requestID.description,
            in: transaction)
    }

    /// - Parameter requestID: nil for what time does.
    static func append(
        _ step: Step, of seller: SellerID, by actor: AuditActor, requestID: String?, in transaction: PostgresTransaction
    ) async throws {
        let column: (type: String, user: UserID?)
        switch actor {
        case .admin(let id, _): column = ("admin", id)
        case .user(let id, _): column = ("user", id)
        case .system: column = ("system", nil)
        }
        try await SellerHistoryStore.append(
            step, of: seller, actorType: column.type, actor: column.user, requestID: requestID,
            in: transaction)
        try await OutboxStore.append(
            OutboxEvent(
                type: step.type, aggregateType: "seller", aggregateID: seller.rawValue,
                sequence: try await SellerStore.nextEvent(seller, in: transaction), payload: payload(step, seller)),
            in: transaction)
        try await AuditLog.append(
            AuditRecord(
                action: step.type, actor: actor, entityType: step.subject.rawValue,
                entityID: step.document?.rawValue ?? seller.rawValue, before: state(step.from), after: state(step.to),
                reason: step.note ?? step.reasonCode, requestID: requestID), in: transaction)
    }

    private static func payload(_ step: Step, _ seller: SellerID) -> [UInt8] {
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
