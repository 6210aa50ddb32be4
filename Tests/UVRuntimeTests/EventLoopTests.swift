// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing
import UVRuntime

/// Runs `body` on a loop of its own and ends the loop afterwards.
func withLoop<Value: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Value) async throws -> Value {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let result: Result<Value, any Error>
    do {
        result = .success(try await loop.run { try await body(loop) })
    } catch {
        result = .failure(error)
    }
    await group.shutdown()
    return try result.get()
}

actor Counter: LoopActor {
    nonisolated let executor: LoopExecutor
    var value = 0
    var parked: [LoopContinuation<Int>] = []

    init(executor: LoopExecutor) { self.executor = executor }

    func increment() -> Int {
        value += 1
        return value
    }

    func park() async throws -> Int {
        try await withLoopContinuation { parked.append($0) }
    }

    func wake() {
        let waiting = parked
        parked = []
        for (index, one) in waiting.enumerated() { one.resume(returning: index) }
    }

    func readThenWrite(pause: EventLoop) async throws {
        let seen = value
        try await pause.sleep(for: .milliseconds(0))
        value = seen + 1
    }
}

@Suite struct EventLoopTests {
    @Test func runsOnItsOwnThreadAndSaysSo() async throws {
        #expect(LoopExecutor.current == nil)
        let same = try await withLoop { loop in EventLoop.currentLoop === loop && loop.isCurrent }
        #expect(same)
    }

    @Test func callsBetweenActorsOfOneLoopEnqueueNothing() async throws {
        let (local, remote) = try await withLoop { loop -> (UInt64, UInt64) in
            let counter = Counter(executor: loop)
            let before = loop.counters
            for _ in 0..<1000 { _ = await counter.increment() }
            let after = loop.counters
            return (after.localEnqueues - before.localEnqueues, after.remoteEnqueues - before.remoteEnqueues)
        }
        #expect(local == 0)
        #expect(remote == 0)
    }

    @Test func resumedContinuationsStayOnTheLoop() async throws {
        let result = try await withLoop { loop -> (EventLoop.Counters, EventLoop.Counters, Int) in
            let counter = Counter(executor: loop)
            let before = loop.counters
            let tasks = (0..<100).map { _ in
                Task {
                    let value = try await counter.park()
                    #expect(loop.isCurrent)
                    return value
                }
            }
            while await counter.parked.count < 100 { try await loop.sleep(for: .milliseconds(1)) }
            await counter.wake()
            var sum = 0
            for task in tasks { sum += try await task.value }
            return (before, loop.counters, sum)
        }
        #expect(result.2 == 4950)
        // Not one job came from another thread: no hop through the global pool, no wake-up.
        #expect(result.1.remoteEnqueues == result.0.remoteEnqueues)
        #expect(result.1.wakeUps == result.0.wakeUps)
        #expect(result.1.localEnqueues - result.0.localEnqueues < 600)
    }

    @Test func taskGroupsAndAsyncLetStayOnTheLoop() async throws {
        let hops = try await withLoop { loop -> UInt64 in
            let before = loop.counters.remoteEnqueues
            async let first = Counter(executor: loop).increment()
            let sum = await withTaskGroup(of: Int.self) { group in
                for index in 0..<10 { group.addTask { index } }
                return await group.reduce(0, +)
            }
            let one = await first
            #expect(sum + one == 46)
            return loop.counters.remoteEnqueues - before
        }
        #expect(hops == 0)
    }

    @Test func aBurstFromAnotherThreadWakesTheLoopFewTimes() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let counter = Counter(executor: loop)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<1000 { tasks.addTask { _ = try? await loop.run { await counter.increment() } } }
        }
        let (value, counters) = try await loop.run { (await counter.value, loop.counters) }
        #expect(value == 1000)
        #expect(counters.remoteEnqueues >= 1000)
        #expect(counters.wakeUps <= counters.remoteEnqueues)
        await group.shutdown()
    }

    @Test func blockingWorkRunsElsewhereAndComesBack() async throws {
        let (elsewhere, back) = try await withLoop { loop -> (Bool, Bool) in
            let elsewhere = try await loop.offload { LoopExecutor.current == nil }
            return (elsewhere, loop.isCurrent)
        }
        #expect(elsewhere)
        #expect(back)
    }

    @Test func offloadedErrorsArriveAndTheQueueIsBounded() async throws {
        struct Broken: Error {}
        try await withLoop { loop in
            await #expect(throws: Broken.self) { try await loop.offload { throw Broken() } }
            let tasks = (0...EventLoop.Limits.offloads).map { _ in Task { try await loop.offload { _ = usleep(1000) } }
            }
            var refused = 0
            for task in tasks {
                do { try await task.value } catch RuntimeError.offloadsExhausted { refused += 1 }
            }
            #expect(refused == 1)
        }
    }

    @Test func timersFireInOrderAndCanBeTakenBack() async throws {
        try await withLoop { loop in
            let log = Log()
            _ = loop.schedule(after: .milliseconds(20)) { log.entries.append("late") }
            _ = loop.schedule(after: .milliseconds(1)) { log.entries.append("early") }
            let never = loop.schedule(after: .milliseconds(5)) { log.entries.append("never") }
            never.cancel()
            try await loop.sleep(for: .milliseconds(40))
            #expect(log.entries == ["early", "late"])
        }
    }

    @Test func signalsArriveOnTheLoop() async throws {
        try await withLoop { loop in
            let log = Log()
            let watcher = try SignalWatcher(loop: loop, signal: SIGUSR2) { log.entries.append("signal \($0)") }
            kill(getpid(), SIGUSR2)
            while log.entries.isEmpty { try await loop.sleep(for: .milliseconds(1)) }
            #expect(log.entries == ["signal \(SIGUSR2)"])
            watcher.close()
        }
    }
}

/// Collects what happened; used on one loop only.
final class Log: @unchecked Sendable {
    var entries: [String] = []
}
