// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Sandbox

/// The heap of what happens later.
struct AgendaTests {
    private static func name(_ item: Agenda.Item?) -> String? {
        switch item {
        case .refund(let id), .refundReference(let id), .payerAnswer(let id), .bankTimeout(let id),
            .captureWindow(let id),
            .disputeDeadline(let id):
            id
        case nil: nil
        }
    }

    @Test func comesByTimeAndAmongEqualsInOrder() {
        var agenda = Agenda()
        var random = SeededRandom(seed: 3)
        let dues = (0..<500).map { _ in Int64.random(in: 0..<50, using: &random) }
        for (number, due) in dues.enumerated() { agenda.add(.refund("\(number)"), due: Timestamp(seconds: due)) }
        let expected = dues.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map {
            "\($0.offset)"
        }
        let taken = dues.map { _ in Self.name(agenda.popDue(at: Timestamp(seconds: 50))) }
        #expect(taken == expected)
        #expect(agenda.nextDue == nil)
    }

    @Test func nothingComesBeforeItsTime() {
        var agenda = Agenda()
        agenda.add(.refund("later"), due: Timestamp(seconds: 2))
        agenda.add(.refundReference("now"), due: Timestamp(seconds: 1))
        #expect(agenda.nextDue == Timestamp(seconds: 1))
        #expect(Self.name(agenda.popDue(at: Timestamp(seconds: 1))) == "now")
        #expect(Self.name(agenda.popDue(at: Timestamp(seconds: 1))) == nil)
        #expect(agenda.nextDue == Timestamp(seconds: 2))
    }
}
