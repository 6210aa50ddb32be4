// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/sellers/kyc/submit/`: what was uploaded goes to the reviewers, and a draft with it.
struct SubmitKYC: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
        } _: { transaction, _ in
            let log = SellerLog(request: request, caller: caller, transaction: transaction)
            let seller = try await dependencies.ownSeller(caller, in: transaction)
            try await submit(seller, log)
            return try await ReadKYCStatus.response(seller.id, in: transaction)
        }
    }

    /// In the transaction that has locked the seller.
    func submit(_ seller: Seller, _ log: SellerLog) async throws {
        let progress = KYCProgress(
            seller: seller, documents: try await KYCStore.documents(of: seller.id, in: log.transaction))
        guard progress.missing.isEmpty else { throw progress.incomplete(progress.missing) }
        let asksForApproval = [.draft, .rejected].contains(seller.status)
        if asksForApproval, !seller.mayResubmit {
            throw SellersDependencies.illegal(seller.status.rawValue, [])
        }
        // Who was turned down for another reason has proved everything already, or what they handed in still waits for a reviewer: a
        // document that came since would have withdrawn it.
        let isHandedIn = [.verified, .submitted, .underReview].contains(seller.kyc)
        if !isHandedIn || !asksForApproval {
            let kyc = try dependencies.movedKYC(seller, .submit, by: .seller)
            for document in try await KYCStore.submit(seller.id, in: log.transaction) {
                try await log.append(
                    .init(
                        subject: .document, event: KYCDocumentEvent.submit.rawValue,
                        from: KYCDocumentStatus.uploaded.rawValue, to: KYCDocumentStatus.underReview.rawValue,
                        type: "kyc.document_submitted", document: document), of: seller.id)
            }
            try await SellerStore.setKYC(seller.id, kyc, in: log.transaction)
            try await log.append(
                .init(
                    subject: .kyc, event: "submit", from: seller.kyc.rawValue, to: kyc.rawValue, type: "kyc.submitted"),
                of: seller.id)
            try await concludeIfProved(seller.id, from: kyc, log)
        }
        guard asksForApproval else { return }
        let status = try dependencies.moved(seller, .submit, by: .seller)
        try await SellerStore.move(seller.id, SellerMove(status: status), in: log.transaction)
        try await log.append(
            .init(
                subject: .seller, event: "submit", from: seller.status.rawValue, to: status.rawValue,
                type: "seller.submitted"), of: seller.id)
    }

    /// Goes on to the end where reviewers have nothing to look at: whatever is required was verified already, as where a document
    /// that nobody asks for any more ran out.
    private func concludeIfProved(_ id: SellerID, from status: KYCStatus, _ log: SellerLog) async throws {
        guard let seller = try await SellerStore.seller(id, in: log.transaction) else { return }
        let documents = try await KYCStore.documents(of: id, in: log.transaction)
        guard KYCProgress(seller: seller, documents: documents).unverified.isEmpty,
            !documents.contains(where: { $0.status == .underReview })
        else { return }
        var current = status
        for event in [KYCEvent.beginReview, .verify] {
            guard case .moved(let next) = KYCStatus.machine.step(from: current, event, by: .system) else { return }
            try await SellerStore.setKYC(id, next, in: log.transaction)
            let step = SellerLog.Step(
                subject: .kyc, event: event.rawValue, from: current.rawValue, to: next.rawValue,
                type: "kyc.\(next.rawValue)")
            try await SellerLog.append(
                step, of: id, by: .system, requestID: log.request.requestID.description, in: log.transaction)
            current = next
        }
    }
}
