// SPDX-License-Identifier: Apache-2.0

/// The states of a refund.
public enum RefundStatus: String, Hashable, Sendable, CaseIterable {
    /// Asked for; a second admin decides. Its money is set aside.
    case requested
    /// The second admin refused it.
    case rejected
    /// Owed to the customer and booked; the provider has not answered yet.
    case approved
    /// The provider has it.
    case submitted
    /// The money went back.
    case processed
    /// The provider could not, or would not: still owed.
    case failed
}

/// What can happen to a refund.
public enum RefundEvent: String, Hashable, Sendable, CaseIterable {
    case approve, reject, submit, process, fail, retry
}

extension RefundStatus {
    /// The life of a refund. The provider may take back what it said, in both directions. The database has
    /// the same rows (`platform.moves`).
    public static let machine = StateMachine<RefundStatus, RefundEvent>([
        move(.approve, from: [.requested], to: .approved, by: [.admin]),
        move(.reject, from: [.requested], to: .rejected, by: [.admin]),
        move(.submit, from: [.approved], to: .submitted, by: [.provider, .system]),
        move(.process, from: [.submitted, .failed], to: .processed, by: [.provider]),
        move(.fail, from: [.submitted, .processed], to: .failed, by: [.provider]),
        move(.retry, from: [.failed], to: .submitted, by: [.admin]),
    ])

    private static func move(
        _ event: RefundEvent, from: [RefundStatus], to: RefundStatus, by: Parties
    ) -> [Transition<RefundStatus, RefundEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}
