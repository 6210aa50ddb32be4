// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/kyc/review/`: a document is believed or not; with the last that is required, the seller is.
struct ReviewKYCDocument: Sendable {
    let dependencies: SellersDependencies

    enum Decision: String, Sendable, CaseIterable {
        case verified, rejected

        var event: KYCDocumentEvent { self == .verified ? .verify : .reject }
    }

    private struct Input: Sendable {
        let id: KYCDocumentID
        let decision: Decision
        let reasonCode: String?
        let note: String?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            try await commit(input, SellerLog(request: request, caller: caller, transaction: transaction))
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            let text = body.string("document_id", length: 1...64)
            let decision = body.choice("decision", of: Decision.self)
            let code = body.optionalReasonCode()
            if decision == .rejected, code == nil {
                body.fail("reason_code", code: "required", message: "a rejection needs one")
            }
            return Input(
                id: KYCDocumentID(text) ?? KYCDocumentID(rawValue: 0), decision: decision, reasonCode: code,
                note: body.optionalString("note", length: 0...2000))
        }
    }

    private func commit(_ input: Input, _ log: SellerLog) async throws -> HTTPResponse {
        // The seller's lock comes first, whose documents then stand still.
        guard let known = try await KYCStore.document(input.id, in: log.transaction),
            let seller = try await SellerStore.lock(known.seller, in: log.transaction),
            let document = try await KYCStore.document(input.id, in: log.transaction)
        else { throw Problem(.notFound, detail: "There is no such document.") }
        try MoveSeller(dependencies: dependencies).requireOther(seller, log)
        let step = KYCDocumentStatus.machine.step(from: document.status, input.decision.event, by: .admin)
        guard case .moved(let status) = step else {
            let allowed = KYCDocumentStatus.machine.allowed(from: document.status).map(\.rawValue)
            throw SellersDependencies.illegal(document.status.rawValue, allowed)
        }
        if status == .verified { try await log.expire([document.type], of: seller.id, reasonCode: "replaced") }
        try await KYCStore.review(
            document.id, status, by: log.caller.user, reasonCode: input.reasonCode, note: input.note,
            in: log.transaction)
        try await log.append(
            .init(
                subject: .document, event: input.decision.event.rawValue, from: document.status.rawValue,
                to: status.rawValue, type: "kyc.document_\(status.rawValue)", document: document.id,
                reasonCode: input.reasonCode, note: input.note), of: seller.id)
        if status == .verified, document.type == .cancelledCheque {
            try await SellerStore.setBankVerified(seller.id, in: log.transaction)
        }
        try await conclude(seller, status, log)
        return try await response(document.id, seller.id, log.transaction)
    }

    /// Moves the examination as a whole: it begins with the first decision and ends with the last, or with a no.
    private func conclude(_ seller: Seller, _ decided: KYCDocumentStatus, _ log: SellerLog) async throws {
        var current = seller.kyc
        if case .moved(let begun) = KYCStatus.machine.step(from: current, .beginReview, by: .admin) {
            try await move(seller.id, .beginReview, from: current, to: begun, log)
            current = begun
        }
        let documents = try await KYCStore.documents(of: seller.id, in: log.transaction)
        let isProved = KYCProgress(seller: seller, documents: documents).unverified.isEmpty
        let isOpen = documents.contains { $0.status == .underReview }
        guard decided == .rejected || isProved && !isOpen else { return }
        let event: KYCEvent = decided == .rejected ? .reject : .verify
        if case .moved(let end) = KYCStatus.machine.step(from: current, event, by: .admin) {
            try await move(seller.id, event, from: current, to: end, log)
        }
    }

    private func move(
        _ id: SellerID, _ event: KYCEvent, from: KYCStatus, to: KYCStatus, _ log: SellerLog
    ) async throws {
        try await SellerStore.setKYC(id, to, in: log.transaction)
        try await log.append(
            .init(
                subject: .kyc, event: event.rawValue, from: from.rawValue, to: to.rawValue, type: "kyc.\(to.rawValue)"),
            of: id)
    }

    private func response(
        _ id: KYCDocumentID, _ sellerID: SellerID, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        guard let seller = try await SellerStore.seller(sellerID, in: transaction),
            let document = try await KYCStore.document(id, in: transaction)
        else { throw SellersDependencies.noSeller }
        let documents = try await KYCStore.documents(of: sellerID, in: transaction)
        let progress = KYCProgress(seller: seller, documents: documents)
        return .json { json in
            json.field("document", document)
            json.object("kyc") { json in
                json.field("status", seller.kyc.rawValue)
                progress.writeMissing(progress.unverified, to: &json)
            }
        }
    }
}
