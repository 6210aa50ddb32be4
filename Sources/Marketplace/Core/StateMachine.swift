// SPDX-License-Identifier: Apache-2.0

/// Who causes a transition.
public struct Parties: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The customer, or a member of the company that buys.
    public static let buyer = Parties(rawValue: 1)
    /// A member of the seller.
    public static let seller = Parties(rawValue: 2)
    /// Someone who works for the marketplace.
    public static let admin = Parties(rawValue: 4)
    /// The payment provider, by webhook or when asked.
    public static let provider = Parties(rawValue: 8)
    /// The server itself: timers, consequences of other transitions.
    public static let system = Parties(rawValue: 16)
}

/// One allowed move of an object from a state to another.
public struct Transition<State: Hashable & Sendable, Event: Hashable & Sendable>: Sendable {
    /// The state before.
    public let from: State
    /// What happens.
    public let event: Event
    /// The state afterwards.
    public let to: State
    /// Who may cause it.
    public let by: Parties
}

/// What an event does to an object.
public enum Step<State: Hashable & Sendable>: Hashable, Sendable {
    /// It moves there.
    case moved(State)
    /// The object is already at or beyond where the event leads: recorded, without effect.
    case ignored
    /// There is no such move; these states can be reached from here.
    case illegal(allowed: [State])
}

/// The life of a kind of object as a table of moves: what is not in it cannot happen.
public struct StateMachine<State: Hashable & Sendable, Event: Hashable & Sendable>: Sendable {
    /// All moves, in the order in which they are documented.
    public let transitions: [Transition<State, Event>]
    /// How far along a state is, where events may arrive late or in any order; nil where they cannot.
    private let progress: (@Sendable (State) -> Int)?

    /// Makes a machine; `progress` turns late events into ignored ones instead of illegal ones.
    init(_ transitions: [[Transition<State, Event>]], progress: (@Sendable (State) -> Int)? = nil) {
        self.transitions = transitions.flatMap { $0 }
        self.progress = progress
    }

    /// What `event`, caused by `party`, does to an object in `state`.
    public func step(from state: State, _ event: Event, by party: Parties) -> Step<State> {
        var isBehind = false
        for transition in transitions where transition.event == event && transition.by.isSuperset(of: party) {
            if transition.from == state { return .moved(transition.to) }
            if let progress, progress(transition.to) <= progress(state) { isBehind = true }
        }
        return isBehind ? .ignored : .illegal(allowed: allowed(from: state))
    }

    /// The states that can be reached from `state` in one move, without repetition, in the table's order.
    public func allowed(from state: State) -> [State] {
        var reachable: [State] = []
        for transition in transitions where transition.from == state && !reachable.contains(transition.to) {
            reachable.append(transition.to)
        }
        return reachable
    }

    /// The same, of moves that `party` may cause.
    public func allowed(from state: State, by party: Parties) -> [State] {
        var reachable: [State] = []
        for transition in transitions
        where transition.from == state && transition.by.isSuperset(of: party) && !reachable.contains(transition.to) {
            reachable.append(transition.to)
        }
        return reachable
    }

    /// Whether nothing leads out of `state`.
    public func isTerminal(_ state: State) -> Bool {
        !transitions.contains { $0.from == state }
    }

    /// The moves by which `event` leads from each of `states` to one state.
    static func moves(
        _ event: Event, from states: [State], to target: State, by parties: Parties
    ) -> [Transition<State, Event>] {
        states.map { Transition(from: $0, event: event, to: target, by: parties) }
    }
}
