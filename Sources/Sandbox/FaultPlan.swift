// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The faults in force, and the dice. Events and calls have dice of their own, so that a call more or less does not change
/// what happens to the events.
struct FaultPlan: Sendable {
    /// What happens to one event.
    struct Event: Sendable {
        var copies = 0
        var isDropped = false
        var delay: Duration = .zero
        var hasBadSignature = false
        var hasOtherBody = false
        var escape = EscapeStyle.ascii
    }

    /// What happens to one call of the merchant.
    struct Call: Sendable {
        /// Answered before the effect.
        var refusal: ProviderError?
        /// Answered after it.
        var replacement: ProviderError?
        var isWithheld = false
        var delay: Duration = .zero
    }

    private(set) var knobs = FaultKnobs()
    private var eventDice = SeededRandom(seed: 1)
    private var callDice = SeededRandom(seed: 1)

    /// Puts other knobs in force and starts the dice again.
    mutating func set(_ knobs: FaultKnobs) {
        self.knobs = knobs
        eventDice = SeededRandom(seed: UInt64(knobs.seed))
        callDice = SeededRandom(seed: ~UInt64(knobs.seed))
    }

    /// Every knob is rolled for, set or not: turning one does not change the luck of the others.
    mutating func drawEvent() -> Event {
        var event = Event()
        let knobs = knobs
        if Self.roll(&eventDice, knobs) { event.copies = Int(knobs.duplicate) }
        if Self.roll(&eventDice, knobs) { event.isDropped = knobs.drop }
        if Self.roll(&eventDice, knobs) { event.delay = .milliseconds(knobs.delay) }
        if Self.roll(&eventDice, knobs) { event.hasBadSignature = knobs.badSignature }
        if Self.roll(&eventDice, knobs) { event.hasOtherBody = knobs.sameIDOtherBody }
        if Self.roll(&eventDice, knobs), let escape = knobs.escape { event.escape = escape }
        return event
    }

    /// Whether the events of this occurrence go out last first.
    mutating func drawReorder() -> Bool {
        Self.roll(&eventDice, knobs) && knobs.reorder
    }

    mutating func drawCall() -> Call {
        var call = Call()
        let knobs = knobs
        if Self.roll(&callDice, knobs), let status = knobs.status.map({ Int($0) }) {
            let error = ProviderError.simulated(status: status)
            if status < 500 { call.refusal = error } else { call.replacement = error }
        }
        if Self.roll(&callDice, knobs) { call.isWithheld = knobs.closeAfterEffect }
        if Self.roll(&callDice, knobs) { call.delay = .milliseconds(knobs.answerDelay) }
        return call
    }

    private static func roll(_ dice: inout SeededRandom, _ knobs: FaultKnobs) -> Bool {
        Double.random(in: 0..<1, using: &dice) < knobs.probability
    }
}
