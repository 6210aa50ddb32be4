// SPDX-License-Identifier: Apache-2.0

/// The states of the units that an order line holds. Each reservation ends once, and once more where late money revived it.
public enum ReservationStatus: String, Hashable, Sendable, CaseIterable {
    /// Set aside for an order that is not paid yet.
    case held
    /// Set aside for a confirmed order.
    case committed
    /// Left the shelf with the parcel.
    case consumed
    /// Given back because the order was called off.
    case released
    /// Given back because the order was not paid in time.
    case expired
}

/// What can happen to a reservation.
public enum ReservationEvent: String, Hashable, Sendable, CaseIterable {
    case commit, consume, release, expire
    /// Late money found the units still there.
    case revive
}

extension ReservationStatus {
    /// The life of a reservation. The database has the same rows (`platform.moves`).
    public static let machine = StateMachine<ReservationStatus, ReservationEvent>([
        StateMachine.moves(.commit, from: [.held], to: .committed, by: [.system]),
        StateMachine.moves(.consume, from: [.committed], to: .consumed, by: [.system]),
        StateMachine.moves(.release, from: [.held, .committed], to: .released, by: [.system]),
        StateMachine.moves(.expire, from: [.held], to: .expired, by: [.system]),
        StateMachine.moves(.revive, from: [.released, .expired], to: .committed, by: [.system]),
    ])
}
