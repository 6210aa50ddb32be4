// SPDX-License-Identifier: Apache-2.0

/// The states of a review.
public enum ReviewStatus: String, Hashable, Sendable, CaseIterable {
    /// Waits for a moderator.
    case pending
    /// Everybody sees it, and it counts.
    case published
    /// A moderator did not let it through.
    case rejected
    /// A moderator took it back.
    case hidden
}

/// What can happen to a review.
public enum ReviewEvent: String, Hashable, Sendable, CaseIterable {
    case publish, reject, hide
}

extension ReviewStatus {
    /// The life of a review. Nothing leads back: what was taken away by a moderator stays away.
    ///
    /// The server itself publishes what its screening finds nothing in.
    public static let machine = StateMachine<ReviewStatus, ReviewEvent>([
        StateMachine.moves(.publish, from: [.pending], to: .published, by: [.admin, .system]),
        StateMachine.moves(.reject, from: [.pending], to: .rejected, by: [.admin]),
        StateMachine.moves(.hide, from: [.published], to: .hidden, by: [.admin]),
    ])
}
