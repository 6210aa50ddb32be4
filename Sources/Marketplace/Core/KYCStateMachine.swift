// SPDX-License-Identifier: Apache-2.0

/// How far the examination of who a seller is has come.
public enum KYCStatus: String, Hashable, Sendable, CaseIterable {
    case notStarted = "not_started"
    case incomplete, submitted
    case underReview = "under_review"
    case verified, rejected
    case needsUpdate = "needs_update"
}

/// What can happen to the examination.
public enum KYCEvent: String, Hashable, Sendable, CaseIterable {
    case upload, submit, verify, reject
    case beginReview = "begin_review"
    case requireUpdate = "require_update"
}

extension KYCStatus {
    /// The examination. What the seller changes afterwards, or what runs out, has to be proved anew.
    public static let machine = StateMachine<KYCStatus, KYCEvent>([
        // A document that comes while others are looked at withdraws what was handed in.
        move(
            .upload, from: [.notStarted, .incomplete, .rejected, .submitted, .underReview], to: .incomplete,
            by: [.seller]),
        move(.upload, from: [.needsUpdate, .verified], to: .needsUpdate, by: [.seller]),
        move(.submit, from: [.incomplete, .needsUpdate], to: .submitted, by: [.seller]),
        // By the system where nothing of what was handed in is left to look at.
        move(.beginReview, from: [.submitted], to: .underReview, by: [.admin, .system]),
        move(.verify, from: [.underReview], to: .verified, by: [.admin, .system]),
        move(.reject, from: [.underReview], to: .rejected, by: [.admin]),
        move(
            .requireUpdate, from: [.incomplete, .submitted, .underReview, .verified], to: .needsUpdate,
            by: [.seller, .system]),
    ])

    private static func move(
        _ event: KYCEvent, from: [KYCStatus], to: KYCStatus, by: Parties
    ) -> [Transition<KYCStatus, KYCEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}

/// What a document is worth.
public enum KYCDocumentStatus: String, Hashable, Sendable, CaseIterable {
    case uploaded
    case underReview = "under_review"
    case verified, rejected, expired
}

/// What can happen to a document.
public enum KYCDocumentEvent: String, Hashable, Sendable, CaseIterable {
    case submit, verify, reject, expire
}

extension KYCDocumentStatus {
    /// A document's life. One that was not verified yet goes when another of its type comes, and counts no more where the seller has
    /// changed what it would have proved.
    public static let machine = StateMachine<KYCDocumentStatus, KYCDocumentEvent>([
        move(.submit, from: [.uploaded], to: .underReview, by: [.seller]),
        move(.verify, from: [.underReview], to: .verified, by: [.admin]),
        move(.reject, from: [.underReview], to: .rejected, by: [.admin]),
        move(.expire, from: [.verified], to: .expired, by: [.admin, .seller, .system]),
        move(.expire, from: [.uploaded, .underReview], to: .expired, by: [.seller]),
    ])

    private static func move(
        _ event: KYCDocumentEvent, from: [KYCDocumentStatus], to: KYCDocumentStatus, by: Parties
    ) -> [Transition<KYCDocumentStatus, KYCDocumentEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}
