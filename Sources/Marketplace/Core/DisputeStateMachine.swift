// SPDX-License-Identifier: Apache-2.0

/// Where a dispute stands within its phase.
public enum DisputeStatus: String, Hashable, Sendable, CaseIterable {
    /// The buyer's bank asks; we may answer.
    case open
    /// The provider wants evidence.
    case evidenceRequired = "evidence_required"
    /// The bank looks at what we said.
    case underReview = "under_review"
    /// The money stays.
    case won
    /// The bank has taken it.
    case lost
    /// It was withdrawn.
    case closed

    /// Whether nothing but a later phase follows.
    public var isFinal: Bool { Self.machine.isTerminal(self) }
}

/// What the provider says of a dispute.
public enum DisputeEvent: String, Hashable, Sendable, CaseIterable {
    case ask, review, reopen, win, lose, close
}

extension DisputeStatus {
    /// The life of one phase of a dispute; a later phase begins wherever the one before was. The database has the same rows
    /// (`platform.moves`).
    public static let machine = StateMachine<DisputeStatus, DisputeEvent>([
        move(.ask, from: [.open, .underReview], to: .evidenceRequired),
        move(.review, from: [.open, .evidenceRequired], to: .underReview),
        // The provider was asked, and knows of no evidence.
        move(.reopen, from: [.evidenceRequired, .underReview], to: .open),
        move(.win, from: undecided, to: .won),
        move(.lose, from: undecided, to: .lost),
        move(.close, from: undecided, to: .closed),
    ])

    private static let undecided: [DisputeStatus] = [.open, .evidenceRequired, .underReview]

    private static func move(
        _ event: DisputeEvent, from: [DisputeStatus], to: DisputeStatus
    ) -> [Transition<DisputeStatus, DisputeEvent>] {
        StateMachine.moves(event, from: from, to: to, by: [.provider])
    }
}
