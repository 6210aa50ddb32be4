// SPDX-License-Identifier: Apache-2.0
import HTTP
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
        var hasOldSecret = false
        var hasOtherBody = false
        var escape = EscapeStyle.ascii
        var keyOrder: KeyOrder?
        /// Shuffles the members.
        var seed: UInt64 = 0

        fileprivate var isFaulty: Bool {
            copies > 0 || isDropped || delay > .zero || hasBadSignature || hasOldSecret || hasOtherBody
                || escape != .ascii || keyOrder != nil
        }
    }

    /// What happens to one call of the merchant.
    struct Call: Sendable {
        /// Answered before the effect.
        var refusal: ProviderError?
        /// Answered after it.
        var replacement: ProviderError?
        var isWithheld = false
        var delay: Duration = .zero

        fileprivate var isFaulty: Bool {
            refusal != nil || replacement != nil || isWithheld || delay > .zero
        }
    }

    private(set) var knobs = FaultKnobs()
    private var eventDice = SeededRandom(seed: 1)
    private var callDice = SeededRandom(seed: 1)
    private var faultyEvents: Int64 = 0
    private var faultyCalls: Int64 = 0

    /// Puts other knobs in force and starts the dice and the counts again.
    mutating func set(_ knobs: FaultKnobs) {
        self.knobs = knobs
        eventDice = SeededRandom(seed: UInt64(knobs.seed))
        callDice = SeededRandom(seed: ~UInt64(knobs.seed))
        (faultyEvents, faultyCalls) = (0, 0)
    }

    /// Every knob is rolled for, set or not: turning one does not change the luck of the others. Events that are not
    /// concerned are not rolled for.
    mutating func drawEvent(_ name: String) -> Event {
        var event = Event()
        let knobs = knobs
        guard knobs.concerns(event: name), faultyEvents < knobs.count ?? .max else { return event }
        if Self.roll(&eventDice, knobs) { event.copies = Int(knobs.duplicate) }
        if Self.roll(&eventDice, knobs) { event.isDropped = knobs.drop }
        if Self.roll(&eventDice, knobs) { event.delay = .milliseconds(knobs.delay) }
        if Self.roll(&eventDice, knobs) { event.hasBadSignature = knobs.badSignature }
        if Self.roll(&eventDice, knobs) { event.hasOldSecret = knobs.oldSecret }
        if Self.roll(&eventDice, knobs) { event.hasOtherBody = knobs.sameIDOtherBody }
        if Self.roll(&eventDice, knobs), let escape = knobs.escape { event.escape = escape }
        if Self.roll(&eventDice, knobs) { event.keyOrder = knobs.keyOrder }
        event.seed = eventDice.next()
        if event.isFaulty { faultyEvents += 1 }
        return event
    }

    /// Whether the events of this occurrence go out last first.
    mutating func drawReorder(_ names: [String]) -> Bool {
        guard names.contains(where: knobs.concerns(event:)) else { return false }
        return Self.roll(&eventDice, knobs) && knobs.reorder
    }

    mutating func drawCall(_ method: HTTPMethod, _ path: String) -> Call {
        var call = Call()
        let knobs = knobs
        guard knobs.concerns(method, path), faultyCalls < knobs.count ?? .max else { return call }
        if Self.roll(&callDice, knobs), let status = knobs.status.map({ Int($0) }) {
            let error = ProviderError.simulated(status: status)
            if knobs.statusAfterEffect ?? (status >= 500) { call.replacement = error } else { call.refusal = error }
        }
        if Self.roll(&callDice, knobs) { call.isWithheld = knobs.closeAfterEffect }
        if Self.roll(&callDice, knobs) { call.delay = .milliseconds(knobs.answerDelay) }
        if call.isFaulty { faultyCalls += 1 }
        return call
    }

    private static func roll(_ dice: inout SeededRandom, _ knobs: FaultKnobs) -> Bool {
        Double.random(in: 0..<1, using: &dice) < knobs.probability
    }
}
