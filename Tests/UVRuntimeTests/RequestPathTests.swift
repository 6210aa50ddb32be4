// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// The way of a request through a loop, counted: what ADR 0001 rests on is internal to the toolchain, so a change of it
/// must not go unnoticed.
@Suite(.timeLimit(.minutes(1))) struct RequestPathTests {
    /// What a piece of work added to the counters of its loop.
    private struct Cost: Sendable, Equatable {
        var local: UInt64 = 0
        var remote: UInt64 = 0
        var wakeUps: UInt64 = 0

        init(local: UInt64) { self.local = local }

        init(_ before: EventLoop.Counters, _ after: EventLoop.Counters) {
            local = after.localEnqueues - before.localEnqueues
            remote = after.remoteEnqueues - before.remoteEnqueues
            wakeUps = after.wakeUps - before.wakeUps
        }
    }

    /// An actor that answers from memory, after a timer, after a callback of a descriptor, and through a mailbox.
    private final actor Shelf: LoopActor {
        nonisolated let executor: LoopExecutor
        private let loop: EventLoop
        private var seen = 0
        private var parked: LoopContinuation<Void>?

        init(loop: EventLoop) {
            executor = loop
            self.loop = loop
        }

        func count() -> Int {
            seen += 1
            return seen
        }

        func countAfterATimer() async throws -> Int {
            try await withLoopContinuation { continuation in
                parked = continuation
                _ = loop.schedule(after: .zero) { [self] in assumeIsolated { $0.wake() } }
            }
            return count()
        }

        func wake() {
            parked?.resume()
            parked = nil
        }

        func countInATask() async -> Int {
            await Task { count() }.value
        }

        /// What a connection does: a task of its own, which waits for a timer and for a mailbox.
        func request(_ number: Int, through mailbox: BatchingMailbox<Int, Int>) async throws -> Int {
            try await Task {
                _ = count()
                _ = try await countAfterATimer()
                let doubled = try await mailbox.send(number)
                executor.preconditionCurrent()
                return doubled
            }.value
        }

        func sendAtOnce(_ count: Int, through mailbox: BatchingMailbox<Int, Int>) async throws {
            let tasks = (0..<count).map { number in Task { try await mailbox.send(number) } }
            for task in tasks { _ = try await task.value }
        }

        func park(_ start: () -> Void) async throws {
            try await withLoopContinuation { continuation in
                parked = continuation
                start()
            }
        }
    }

    private func cost(
        of work: @escaping @Sendable (EventLoop, Shelf) async throws -> Void
    ) async throws -> Cost {
        try await withLoop { loop in
            let shelf = Shelf(loop: loop)
            try await work(loop, shelf)
            let before = loop.counters
            for _ in 0..<100 { try await work(loop, shelf) }
            return Cost(before, loop.counters)
        }
    }

    private func expectCost(
        local: UInt64, of work: @escaping @Sendable (EventLoop, Shelf) async throws -> Void
    ) async throws {
        let found = try await cost(of: work)
        #expect(found == Cost(local: local))
    }

    @Test func aCallOfAnActorOnTheSameLoopEnqueuesNothing() async throws {
        try await expectCost(local: 0) { _, shelf in _ = await shelf.count() }
    }

    @Test func aTaskIsOneEnqueueAndItsAwaitedEndAnother() async throws {
        try await expectCost(local: 200) { _, shelf in _ = await shelf.countInATask() }
    }

    @Test func aTimerThatResumesIsOneEnqueue() async throws {
        try await expectCost(local: 100) { _, shelf in _ = try await shelf.countAfterATimer() }
        try await expectCost(local: 100) { loop, _ in try await loop.sleep(for: .zero) }
    }

    @Test func aDescriptorThatResumesIsOneEnqueue() async throws {
        let cost = try await cost { loop, shelf in
            let pipe = try Pipe()
            let poll = try PollHandle(loop: loop, descriptor: pipe.readEnd) { _, _ in shelf.assumeIsolated { $0.wake() }
            }
            try poll.watch(.readable)
            try await shelf.park { pipe.write() }
            poll.close()
        }
        #expect(cost == Cost(local: 100))
    }

    @Test func aFreeSerialMailboxEnqueuesNothing() async throws {
        let cost = try await withLoop { loop -> Cost in
            let shelf = Shelf(loop: loop)
            let mailbox = SerialMailbox(executor: loop, capacity: 4)
            let before = loop.counters
            for _ in 0..<100 { _ = try await mailbox.perform { await shelf.count() } }
            return Cost(before, loop.counters)
        }
        #expect(cost == Cost(local: 0))
    }

    @Test("a batch is two enqueues, however many messages share it", arguments: [1, 10, 50])
    func batch(count: Int) async throws {
        let cost = try await withLoop { loop -> Cost in
            let shelf = Shelf(loop: loop)
            let mailbox = BatchingMailbox<Int, Int>(
                executor: loop, limits: .init(capacity: 64, batch: 64, inFlight: 1)
            ) { batch in
                _ = await shelf.count()
                return batch.map { .success($0) }
            }
            let before = loop.counters
            try await shelf.sendAtOnce(count, through: mailbox)
            return Cost(before, loop.counters)
        }
        // Drain and batch; each message's task and its reply; and the one that waits for them all.
        #expect(cost == Cost(local: 2 + 2 * UInt64(count) + 1))
    }

    /// Task on the loop → actor → timer → mailbox → actor in its handler, timer → back.
    @Test func aWholeRequestStaysOnItsLoop() async throws {
        let cost = try await withLoop { loop -> Cost in
            let shelf = Shelf(loop: loop)
            let mailbox = BatchingMailbox<Int, Int>(
                executor: loop, limits: .init(capacity: 4, batch: 4, inFlight: 1)
            ) { batch in
                _ = try? await shelf.countAfterATimer()
                return batch.map { .success($0 * 2) }
            }
            let before = loop.counters
            for number in 0..<100 {
                let answer = try await shelf.request(number, through: mailbox)
                #expect(answer == number * 2)
            }
            return Cost(before, loop.counters)
        }
        // Task, timer, drain, batch, timer, reply, and the one that waits for the task.
        #expect(cost == Cost(local: 700))
    }
}
