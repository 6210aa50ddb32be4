// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct TimerWheelTests {
    private static let tick: UInt64 = 100_000_000

    @Test func anEntryComesNotBeforeItsTimeAndAtMostTwoStepsLate() {
        var wheel = TimerWheel(tick: Self.tick, now: 0)
        for id in 1...50 as ClosedRange<UInt64> { _ = wheel.arm(id, deadline: id * 37_000_000, armed: 0) }
        var seen: Set<UInt64> = []
        for now in stride(from: 0, to: 3_000_000_000, by: 20_000_000) as StrideTo<UInt64> {
            for (id, _) in wheel.advance(to: now) {
                #expect(now >= id * 37_000_000)
                #expect(now <= id * 37_000_000 + 2 * Self.tick)
                #expect(seen.insert(id).inserted)
            }
        }
        #expect(seen.count == 50)
    }

    @Test func aLaterDeadlineCostsNothingAndAnEarlierOneASecondEntry() {
        var wheel = TimerWheel(tick: Self.tick, now: 0)
        let first = wheel.arm(1, deadline: 10 * Self.tick, armed: 0)
        #expect(wheel.arm(1, deadline: 20 * Self.tick, armed: first) == first)
        let earlier = wheel.arm(1, deadline: 5 * Self.tick, armed: first)
        #expect(earlier < first)
        #expect(wheel.advance(to: 30 * Self.tick).map(\.due) == [earlier, first])
    }

    @Test func aDeadlineBeyondTheWheelWaitsInItsLastSlot() {
        var wheel = TimerWheel(tick: Self.tick, now: 0)
        let step = wheel.arm(1, deadline: 1_000_000 * Self.tick, armed: 0)
        #expect(step == 1_023)
        #expect(wheel.advance(to: 1_022 * Self.tick).isEmpty)
        #expect(wheel.advance(to: 1_023 * Self.tick).map(\.id) == [1])
        // A deadline that has passed comes with the next step.
        #expect(wheel.arm(2, deadline: 0, armed: 0) == 1_024)
    }

    @Test func aLoopThatStoodStillLosesNoEntry() {
        var wheel = TimerWheel(tick: Self.tick, now: 0)
        for id in 1...5_000 as ClosedRange<UInt64> {
            _ = wheel.arm(id, deadline: id % 1_000 * Self.tick, armed: 0)
        }
        #expect(Set(wheel.advance(to: 1_000_000 * Self.tick).map(\.id)).count == 5_000)
    }
}
