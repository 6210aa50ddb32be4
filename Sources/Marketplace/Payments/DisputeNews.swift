// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What the provider says of a dispute, in an event or when it was asked.
struct DisputeNews: Sendable, Equatable {
    let dispute: RazorpayDispute
    /// The entity's status, sharpened by the event's name where the entity has no word for it.
    let status: DisputeStatus
    /// Whether the provider was asked just now: then its word counts also where events would be in the wrong order.
    let isCertain: Bool
    let actor: String
    let requestID: String?

    /// News of an event.
    init(event: String, _ dispute: RazorpayDispute, actor: String, requestID: String?) {
        self.dispute = dispute
        status =
            event == Self.actionRequired && !dispute.status.isFinal ? .evidenceRequired : dispute.status
        isCertain = false
        self.actor = actor
        self.requestID = requestID
    }

    /// News of a question.
    ///
    /// - Parameter known: how it stands here. Where evidence was wanted, or had been handed in, an open dispute asks for more:
    ///   the provider has no other word for it.
    init(asked dispute: RazorpayDispute, known: DisputeStatus?, actor: String, requestID: String?) {
        self.dispute = dispute
        let wantsMore = dispute.status == .open && (known == .underReview || known == .evidenceRequired)
        status = wantsMore ? .evidenceRequired : dispute.status
        isCertain = true
        self.actor = actor
        self.requestID = requestID
    }

    /// The events about disputes.
    static let events: Set<String> = [
        "payment.dispute.created", actionRequired, "payment.dispute.under_review", "payment.dispute.won",
        "payment.dispute.lost", "payment.dispute.closed",
    ]
    private static let actionRequired = "payment.dispute.action_required"
}
