// SPDX-License-Identifier: Apache-2.0

/// Whether a seller may sell.
public enum SellerStatus: String, Hashable, Sendable, CaseIterable {
    case draft
    case pendingApproval = "pending_approval"
    case active, suspended, rejected, closed
}

/// What can happen to a seller.
public enum SellerEvent: String, Hashable, Sendable, CaseIterable {
    case submit, approve, reject, suspend, reinstate, close
}

extension SellerStatus {
    /// The life of a seller. A closed one stays closed; a suspended one keeps its open orders.
    public static let machine = StateMachine<SellerStatus, SellerEvent>([
        move(.submit, from: [.draft, .rejected], to: .pendingApproval, by: [.seller]),
        move(.approve, from: [.pendingApproval, .suspended], to: .active, by: [.admin]),
        move(.reject, from: [.pendingApproval], to: .rejected, by: [.admin]),
        move(.suspend, from: [.active], to: .suspended, by: [.admin]),
        move(.reinstate, from: [.suspended], to: .active, by: [.admin]),
        move(.close, from: [.suspended], to: .closed, by: [.admin]),
        // What never sold anything leaves nothing to be settled.
        move(.close, from: [.draft, .pendingApproval, .rejected], to: .closed, by: [.admin, .seller, .system]),
    ])

    private static func move(
        _ event: SellerEvent, from: [SellerStatus], to: SellerStatus, by: Parties
    ) -> [Transition<SellerStatus, SellerEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}
