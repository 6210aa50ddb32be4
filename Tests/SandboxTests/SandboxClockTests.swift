// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization
import Testing
import UVRuntime

@testable import Sandbox

/// The clock on an executor whose time moves when the test says so.
struct SandboxClockTests {
    private final actor Sleeper: LoopActor {
        nonisolated let executor: LoopExecutor
        var woken: [String] = []

        init(_ executor: LoopExecutor) { self.executor = executor }

        func park(_ name: String, until moment: Timestamp, on clock: SandboxClock) async {
            do {
                try await clock.sleep(until: moment)
                woken.append(name)
            } catch {
                woken.append(name + " stopped")
            }
        }
    }

    private static let start = Timestamp(seconds: 1000)
    private let executor = ManualExecutor()
    private let clock: SandboxClock
    private let sleeper: Sleeper

    init() {
        clock = SandboxClock(loop: executor, from: Self.start)
        sleeper = Sleeper(executor)
    }

    private func park(_ name: String, _ seconds: Int64) {
        executor.perform {
            let (sleeper, clock) = (sleeper, clock)
            _ = Task { await sleeper.park(name, until: Self.start + .seconds(seconds), on: clock) }
        }
        executor.run()
    }

    private var woken: [String] {
        executor.perform { sleeper.assumeIsolated { $0.woken } }
    }

    @Test func runsWithTheWorldAndFasterAndNotAtAll() {
        executor.advance(by: .seconds(5))
        #expect(clock.now == Self.start + .seconds(5))
        clock.run(at: 10)
        executor.advance(by: .seconds(2))
        #expect(clock.now == Self.start + .seconds(25))
        clock.run(at: 0)
        executor.advance(by: .seconds(100))
        #expect(clock.now == Self.start + .seconds(25))
        clock.advance(by: .seconds(10))
        #expect(clock.now == Self.start + .seconds(35))
        clock.run(at: 1)
        executor.advance(by: .seconds(1))
        #expect(clock.now == Self.start + .seconds(36))
    }

    @Test func wakesInTheOrderOfTheMoments() {
        park("late", 20)
        park("early", 10)
        park("early too", 10)
        park("past", -1)
        #expect(woken == ["past"])
        executor.advance(by: .seconds(9))
        #expect(woken == ["past"])
        executor.advance(by: .seconds(1))
        #expect(woken == ["past", "early", "early too"])
        clock.run(at: 100)
        executor.advance(by: .milliseconds(99))
        #expect(woken.count == 3)
        executor.advance(by: .milliseconds(1))
        #expect(woken.last == "late")
    }

    @Test func wakesWhenItIsMoved() {
        clock.run(at: 0)
        park("a", 3600 * 24)
        executor.advance(by: .seconds(1_000_000))
        #expect(woken.isEmpty)
        executor.perform { clock.advance(by: .seconds(3600 * 24)) }
        executor.run()
        #expect(woken == ["a"])
    }

    @Test func sleepsLongerThanItsTimer() {
        park("a", 3 * 3600)
        executor.advance(by: .seconds(3 * 3600 - 1))
        #expect(woken.isEmpty)
        executor.advance(by: .seconds(1))
        #expect(woken == ["a"])
    }

    @Test func theEndWakesEveryoneWithAnError() {
        park("a", 10)
        executor.perform { clock.stop() }
        executor.run()
        park("b", 10)
        #expect(woken == ["a stopped", "b stopped"])
    }
}
