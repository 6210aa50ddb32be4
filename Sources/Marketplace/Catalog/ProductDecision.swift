// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Why a product is refused, as its seller is told.
enum ProductRefusal {
    /// What reviewers usually choose from.
    static let usual = [
        "images", "incomplete", "misleading", "prohibited", "counterfeit", "category", "tax_class", "duplicate",
        "other",
    ]
}

/// What an admin decides about a revision: the one service behind all doors.
struct ProductDecision: Sendable {
    static let noteLength = 1...2000

    let product: ProductID
    let isApproved: Bool
    /// The revision that was looked at; nil: whichever waits.
    let revision: Int?
    let reason: String?
    let note: String?

    /// Decides, in the transaction of a request. Everything is judged before anything is written.
    ///
    /// - Throws: `Problem` 404; 412 `version-conflict` where a newer revision waits; 409 `illegal-transition` where none does;
    ///   422 `reason-required` for a refusal without a reason or a note. Who repeats a decision finds the product as it is.
    func carryOut(_ act: ProductAct, _ writing: ProductWriting) async throws -> OwnedProduct {
        guard let product = try await act.store.lockedProduct(product) else { throw Problem(.notFound) }
        let isDone = product.open == nil && product.lastEnd == (isApproved ? .approved : .rejected)
        if isDone, revision == nil || revision == product.revision { return product }
        if let revision, revision != product.revision {
            throw Problem(
                .versionConflict, detail: "Another revision is the newest by now.",
                members: [("current_revision", .int(Int64(product.revision)))])
        }
        var review = ProductReview(product)
        if isApproved {
            try review.approve(by: act.user, note: note)
        } else {
            guard let reason, let note else { throw Self.reasonRequired(reason) }
            try review.reject(by: act.user, reasonCode: reason, note: note)
        }
        let decided = try await writing.save(review, from: product, act)
        try await tell(product.proposal.fields.title, of: product.seller.id, act)
        return decided
    }

    /// Owes the owner of the product's seller a mail; with whoever has none nobody is written to.
    private func tell(_ title: String, of seller: SellerID, _ act: ProductAct) async throws {
        guard let owner = try await act.store.owner(of: seller) else { return }
        try await MailQueue.enqueue(
            Mail(
                isApproved ? .productApproved : .productRejected, to: .user(owner),
                data: ["product": title, "note": note ?? ""]),
            in: act.transaction)
    }

    private static func reasonRequired(_ reason: String?) -> Problem {
        let missing = reason == nil ? "reason_code" : "note"
        return Problem(
            .reasonRequired, detail: "The seller is told why.",
            errors: [.init(pointer: "/\(missing)", code: "required", message: "is required")])
    }

    /// Reads a decision.
    ///
    /// - Parameter isApproved: what the door decides; nil where the body says so.
    /// - Throws: 404 for an id of the wrong form.
    static func read(_ body: inout JSONInput, isApproved: Bool?) throws -> ProductDecision {
        guard let decision = readIfNamed(&body, isApproved: isApproved).decision else { throw Problem(.notFound) }
        return decision
    }

    /// The same with the id as it was sent; no decision for one of the wrong form, which names no product.
    static func readIfNamed(
        _ body: inout JSONInput, isApproved: Bool?
    ) -> (id: String, decision: ProductDecision?) {
        let text = body.string("id", length: 1...64)
        let decided = isApproved ?? body.bool("approved")
        let revision = body.optionalInt("revision", in: 1...Int(Int32.max))
        let reason = body.optionalReasonCode()
        let note = body.optionalParsed("note", length: 1...noteLength.upperBound) {
            ProductFields.paragraphs($0, noteLength)
        }
        let decision = ProductID(text).map {
            ProductDecision(product: $0, isApproved: decided, revision: revision, reason: reason, note: note)
        }
        return (text, decision)
    }
}
