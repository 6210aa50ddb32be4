// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Synchronization
import UVRuntime

/// Redis as the contract allows it: it forgets, it is away, and what it says is what somebody remembered.
final class SimulatedHints: AnswerHints {
    private let state = Mutex(State())
    private let clock: any LoopClock
    private let dice: Dice

    private struct State {
        var answers: [Hash32: (fingerprint: Hash32, answer: StoredAnswer, until: UInt64)] = [:]
        var isUp = true
        var lossPerMille = 0
    }

    init(clock: any LoopClock, dice: Dice) {
        self.clock = clock
        self.dice = dice
    }

    func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? {
        let now = clock.now
        return state.withLock { state in
            guard state.isUp, let known = state.answers[digest], known.until > now else { return nil }
            return (known.fingerprint, known.answer)
        }
    }

    func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {
        let until = clock.now &+ duration.wholeMilliseconds &* 1_000_000
        state.withLock { state in
            guard state.isUp, !dice.chance(perMille: state.lossPerMille) else { return }
            state.answers[digest] = (fingerprint, answer, until)
        }
    }

    func set(up: Bool, lossPerMille: Int) {
        state.withLock { state in
            state.isUp = up
            state.lossPerMille = lossPerMille
        }
    }

    func flush() {
        state.withLock { $0.answers = [:] }
    }
}
