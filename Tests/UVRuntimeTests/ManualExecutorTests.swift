// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// SplitMix64: the same numbers for the same seed on every machine.
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

private actor Diary: LoopActor {
    nonisolated let executor: LoopExecutor
    private(set) var lines: [String] = []

    init(executor: LoopExecutor) { self.executor = executor }

    func note(_ line: String) { lines.append(line) }
}

@Suite struct ManualExecutorTests {
    /// Ten tasks that take three steps each, interleaved as `seed` says; what they wrote.
    private func interleaving(seed: UInt64) -> [String] {
        let executor = ManualExecutor()
        let diary = Diary(executor: executor)
        var numbers = SeededNumbers(state: seed)
        for task in 0..<10 {
            executor.perform {
                _ = Task {
                    for step in 0..<3 {
                        await diary.note("\(task).\(step)")
                        await Task.yield()
                    }
                }
            }
        }
        executor.run { Int.random(in: 0..<$0, using: &numbers) }
        return ask(executor) { await diary.lines }
    }

    @Test func oneSeedIsOneInterleaving() {
        let first = interleaving(seed: 42)
        #expect(first.count == 30)
        for _ in 0..<20 { #expect(interleaving(seed: 42) == first) }
        #expect(Set((0..<20).map { interleaving(seed: $0).joined(separator: " ") }).count == 20)
        // Each task keeps its own order, whatever the seed.
        for task in 0..<10 { #expect(first.filter { $0.hasPrefix("\(task).") } == (0..<3).map { "\(task).\($0)" }) }
    }

    @Test func timeMovesOnlyWhenToldAndTimersFireInOrder() {
        let executor = ManualExecutor()
        let log = Log()
        executor.perform {
            _ = executor.schedule(after: .seconds(2)) { log.entries.append("two at \(executor.now / 1_000_000)") }
            _ = executor.schedule(after: .seconds(1)) {
                log.entries.append("one at \(executor.now / 1_000_000)")
                _ = executor.schedule(after: .milliseconds(500)) {
                    log.entries.append("nested at \(executor.now / 1_000_000)")
                }
            }
            _ = executor.schedule(after: .seconds(1)) { log.entries.append("second one") }
            executor.schedule(after: .seconds(1)) { log.entries.append("never") }.cancel()
        }
        executor.run()
        #expect(log.entries.isEmpty)
        executor.advance(by: .milliseconds(999))
        #expect(log.entries.isEmpty)
        executor.advance(by: .milliseconds(1_001))
        #expect(log.entries == ["one at 1000", "second one", "nested at 1500", "two at 2000"])
        #expect(executor.now == 2_000_000_000)
    }

    @Test func runStopsAtItsLimitAndCountsWhatItRan() {
        let executor = ManualExecutor()
        let diary = Diary(executor: executor)
        for number in 0..<5 { executor.perform { _ = Task { await diary.note("\(number)") } } }
        #expect(executor.pendingJobs == 5)
        #expect(executor.run(limit: 2) == 2)
        #expect(executor.pendingJobs >= 3)
        executor.run()
        #expect(executor.pendingJobs == 0)
        #expect(ask(executor) { await diary.lines }.sorted() == ["0", "1", "2", "3", "4"])
    }

    @Test func theCallersExecutorComesBack() async throws {
        try await withLoop { loop in
            let executor = ManualExecutor()
            executor.perform { #expect(executor.isCurrent && !loop.isCurrent) }
            #expect(loop.isCurrent)
        }
    }
}
