// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
import Testing
import UVRuntime

/// Raised on one loop, waited for on another whose thread must stand still meanwhile.
private final class Flag: Sendable {
    private let raised = Atomic(false)

    func raise() { raised.store(true, ordering: .releasing) }

    func wait() {
        while !raised.load(ordering: .acquiring) { sched_yield() }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LoopCrossingTests {
    private func withLoops<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable ([EventLoop]) async throws -> Value
    ) async throws -> Value {
        let group = try EventLoopGroup(count: count)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(group.loops))
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }

    private final actor Caller: LoopActor {
        nonisolated let executor: LoopExecutor

        init(executor: LoopExecutor) { self.executor = executor }

        /// Calls the far counter from so many tasks; each loop stands still while the other fills its queue.
        func callAtOnce(_ count: Int, _ counter: Counter, on far: EventLoop) async {
            let released = Flag()
            let done = Flag()
            // They cross in this order: the first holds the far loop until the last task of this one has seen all others
            // cross.
            far.spawn { released.wait() }
            let tasks = (0..<count).map { _ in
                Task {
                    _ = await counter.increment()
                    executor.preconditionCurrent()
                }
            }
            far.spawn { done.raise() }
            let last = Task {
                released.raise()
                // Holds this loop until the far one has done everything.
                done.wait()
            }
            for task in tasks { await task.value }
            await last.value
        }
    }

    /// 200 calls from one loop to another that stands still meanwhile, and their return to the first while that stands
    /// still: however many jobs a burst has, the other loop is woken once for it.
    @Test func callsFromOneLoopToAnotherCrossInBatches() async throws {
        let (far, near) = try await withLoops(2) { loops -> (Crossing, Crossing) in
            let (near, far) = (loops[0], loops[1])
            let counter = Counter(executor: far)
            let farBefore = try await far.run { far.counters }
            let nearBefore = try await near.run { near.counters }
            let caller = Caller(executor: near)
            try await near.run { await caller.callAtOnce(200, counter, on: far) }
            let (value, farAfter) = try await far.run { (await counter.value, far.counters) }
            let nearAfter = try await near.run { near.counters }
            #expect(value == 200)
            return (Crossing(farBefore, farAfter), Crossing(nearBefore, nearAfter))
        }
        // The calls, the two that hold and tell, and the question for the counters.
        #expect(far.jobs == 203)
        // One for the job that holds it, one for the burst behind, one for the question.
        #expect(far.wakeUps <= 3)
        // The returns, the test's entry and the question for the counters.
        #expect(near.jobs == 202)
        #expect(near.wakeUps <= 3)
    }

    private struct Crossing: Sendable {
        let jobs: UInt64
        let wakeUps: UInt64

        init(_ before: EventLoop.Counters, _ after: EventLoop.Counters) {
            jobs = after.remoteEnqueues - before.remoteEnqueues
            wakeUps = after.wakeUps - before.wakeUps
        }
    }

    @Test func runComesBackToWhereItWasCalled() async throws {
        try await withLoops(2) { loops in
            let (one, two) = (loops[0], loops[1])
            try await one.run {
                #expect(one.isCurrent)
                let there = try await two.run { two.isCurrent && !one.isCurrent }
                #expect(there)
                #expect(one.isCurrent)
            }
            #expect(LoopExecutor.current == nil)
        }
    }

    @Test func listenersOnSeveralLoopsShareAPort() async throws {
        let accepted = try await withLoops(4) { loops -> [Int] in
            let counts = Mutex([0, 0, 0])
            var port: UInt16 = 0
            for (index, loop) in loops.dropLast().enumerated() {
                let wanted = port
                port = try await loop.run {
                    let address = try #require(SocketAddress(host: "127.0.0.1", port: wanted))
                    let listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) {
                        stream in
                        counts.withLock { $0[index] += 1 }
                        stream.close()
                    }
                    return try #require(listener.localAddress?.port)
                }
                #expect(wanted == 0 || wanted == port)
            }
            let client = loops[3]
            let bound = port
            // The kernel spreads connections by a hash of their ports: 64 leave none of three out but by a miracle.
            try await client.run {
                let address = try #require(SocketAddress(host: "127.0.0.1", port: bound))
                for _ in 0..<64 { try await TCPStream.connect(to: address, on: client).close() }
                while counts.withLock({ $0.reduce(0, +) }) < 64 { try await client.sleep(for: .zero) }
            }
            return counts.withLock { $0 }
        }
        #expect(accepted.reduce(0, +) == 64)
        #expect(accepted.allSatisfy { $0 > 0 })
    }

    @Test func theGroupHandsOutItsLoopsInTurn() async throws {
        try await withLoops(3) { loops in #expect(loops.map(\.index) == [0, 1, 2]) }
        let group = try EventLoopGroup(count: 3)
        #expect((0..<7).map { _ in group.next().index } == [0, 1, 2, 0, 1, 2, 0])
        await group.shutdown()
    }
}
