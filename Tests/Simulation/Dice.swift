// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

/// What is drawn from a seed: every part of a simulation draws here, in the order in which it runs.
final class Dice: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) {
        // Neighbouring seeds are far apart after a few draws only; spread them first.
        var spread = SeededRandom(seed: seed)
        random = Mutex(SeededRandom(seed: spread.next()))
    }

    func word() -> UInt64 {
        random.withLock { $0.next() }
    }

    /// 0..<count.
    func below(_ count: Int) -> Int {
        // The bias of a remainder is of no account here, and rejection would cost draws.
        Int(word() % UInt64(max(count, 1)))
    }

    func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    func chance(perMille: Int) -> Bool {
        perMille > 0 && below(1000) < perMille
    }

    func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
