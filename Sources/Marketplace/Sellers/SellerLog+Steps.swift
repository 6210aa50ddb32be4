// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SellerLog {
    /// Lets documents of these types count no more, and writes each down. The seller is locked.
    ///
    /// - Parameters:
    ///   - statuses: of the documents: what waits for a verdict counts no more either where it would prove what is not so any more.
    ///   - reasonCode: `replaced` by a newer one, or `details-changed` where what they prove is not so any more.
    func expire(
        _ types: [KYCDocumentType], _ statuses: [KYCDocumentStatus] = [.verified], of seller: SellerID,
        reasonCode: String
    ) async throws {
        let documents = try await KYCStore.documents(of: seller, in: transaction).filter {
            types.contains($0.type) && statuses.contains($0.status)
        }
        guard !documents.isEmpty else { return }
        try await KYCStore.expire(documents, in: transaction)
        for document in documents {
            try await append(
                Self.expiry(of: document.id, from: document.status, reasonCode: reasonCode), of: seller)
        }
    }

    /// A document counts no more.
    ///
    /// - Parameter reasonCode: nil where its own last day is over.
    static func expiry(
        of document: KYCDocumentID, from status: KYCDocumentStatus = .verified, reasonCode: String? = nil
    ) -> Step {
        Step(
            subject: .document, event: KYCDocumentEvent.expire.rawValue, from: status.rawValue,
            to: KYCDocumentStatus.expired.rawValue, type: "kyc.expired", document: document, reasonCode: reasonCode)
    }

    /// Writes down that a seller's products need no review any more, or need it again; nothing where it is so already.
    ///
    /// In history and audit alone: nobody outside is told.
    func trust(_ isTrusted: Bool, _ seller: Seller, note: String?) async throws {
        guard isTrusted != seller.isTrusted else { return }
        let words = ["untrusted", "trusted"]
        let step = Step(
            subject: .seller, event: "set_trusted", from: words[seller.isTrusted ? 1 : 0], to: words[isTrusted ? 1 : 0],
            type: isTrusted ? "seller.trusted" : "seller.untrusted", note: note)
        try await SellerHistoryStore.append(
            step, of: seller.id, actorType: "admin", actor: caller.user, requestID: request.requestID.description,
            in: transaction)
        try await AuditLog.append(
            step.type, by: caller, in: request, entityType: "seller", entityID: seller.id.rawValue,
            before: Self.trusted(seller.isTrusted), after: Self.trusted(isTrusted), reason: note, in: transaction)
    }

    private static func trusted(_ isTrusted: Bool) -> [UInt8] {
        var json = JSONWriter(capacity: 32)
        json.object { $0.field("trusted", isTrusted) }
        return json.bytes
    }
}
