// SPDX-License-Identifier: Apache-2.0

/// How far the review of a product is.
public enum ProductModeration: String, Hashable, Sendable, CaseIterable {
    /// Never handed in.
    case draft
    /// Handed in, and never approved so far.
    case pendingReview = "pending_review"
    case approved
    /// Approved; a newer revision waits, and the approved one stays live until then.
    case pendingReviewChanges = "pending_review_changes"
    /// Refused, and never approved so far.
    case rejected

    /// Whether buyers see what was approved last.
    public var isLive: Bool { self == .approved || self == .pendingReviewChanges }
    /// Whether a revision waits for a decision.
    public var isPending: Bool { self == .pendingReview || self == .pendingReviewChanges }
}

/// What can happen in a product's review.
public enum ProductModerationEvent: String, Hashable, Sendable, CaseIterable {
    /// The seller hands it in.
    case submit
    /// The seller changes what is reviewed of a product that waits or is live: a newer revision.
    case revise
    /// The seller's changes lead back to what is live.
    case withdraw
    case approve, reject
}

extension ProductModeration {
    /// The review of a product. The server approves what a trusted seller hands in.
    public static let machine = StateMachine<ProductModeration, ProductModerationEvent>([
        move(.submit, from: [.draft, .rejected], to: .pendingReview, by: [.seller]),
        move(.revise, from: [.pendingReview], to: .pendingReview, by: [.seller]),
        move(.revise, from: [.approved, .pendingReviewChanges], to: .pendingReviewChanges, by: [.seller]),
        move(.withdraw, from: [.pendingReviewChanges], to: .approved, by: [.seller]),
        move(.approve, from: [.pendingReview, .pendingReviewChanges], to: .approved, by: [.admin, .system]),
        move(.reject, from: [.pendingReview], to: .rejected, by: [.admin]),
        // What was approved before stays live.
        move(.reject, from: [.pendingReviewChanges], to: .approved, by: [.admin]),
    ])

    private static func move(
        _ event: ProductModerationEvent, from: [ProductModeration], to: ProductModeration, by: Parties
    ) -> [Transition<ProductModeration, ProductModerationEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}
