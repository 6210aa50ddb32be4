// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

private actor Recorder: LoopActor {
    nonisolated let executor: LoopExecutor
    var batches: [[Int]] = []
    var gate: [LoopContinuation<Void>] = []
    var running = 0
    var overlapped = false

    init(executor: LoopExecutor) { self.executor = executor }

    func handle(_ batch: [Int]) async -> [Result<Int, any Error>] {
        batches.append(batch)
        try? await withLoopContinuation { gate.append($0) }
        return batch.map { $0 % 7 == 6 ? .failure(Odd()) : .success($0 * 2) }
    }

    func open() {
        let waiting = gate
        gate = []
        for one in waiting { one.resume() }
    }

    func exclusive(pause: Bool) async throws {
        running += 1
        if running > 1 { overlapped = true }
        if pause { try await withLoopContinuation { gate.append($0) } }
        running -= 1
    }
}

private struct Odd: Error {}

@Suite struct BatchingMailboxTests {
    private func make(
        _ executor: LoopExecutor, capacity: Int = 100, batch: Int = 8, inFlight: Int = 1, keyed: Bool = false
    )
        -> (Recorder, BatchingMailbox<Int, Int>)
    {
        let recorder = Recorder(executor: executor)
        let mailbox = BatchingMailbox<Int, Int>(
            executor: executor, limits: .init(capacity: capacity, batch: batch, inFlight: inFlight),
            keys: { keyed ? [Int64($0 / 10)] : [] }
        ) { await recorder.handle($0) }
        return (recorder, mailbox)
    }

    @Test func takesWhatQueuedWhileTheLastBatchFlew() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = make(executor)
        let first = start(executor) { try await mailbox.send(0) }
        pump(executor) { await recorder.batches.count == 1 }
        let rest = (1...12).map { value in start(executor) { try await mailbox.send(value) } }
        pump(executor) { await mailbox.depth == 12 }
        for expected in 2...3 {
            ask(executor) { await recorder.open() }
            pump(executor) { await recorder.batches.count == expected }
        }
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[0], [1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12]])
        #expect(value(executor, first) == 0)
        #expect(value(executor, rest[4]) == 10)
        #expect(value(executor, rest[5]) == nil)  // 6 fails, its neighbours do not
    }

    @Test func refusesPastItsCapacityAndLosesNothing() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = make(executor, capacity: 4)
        let tasks = (0..<10).map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        while ask(executor, { await mailbox.depth + mailbox.batchesInFlight }) > 0 {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        var answered = 0
        var overloaded = 0
        for task in tasks {
            switch outcome(executor, task) {
            case .success: answered += 1
            case .failure(let error): overloaded += (error as? MailboxError) == .overloaded ? 1 : 0
            }
        }
        #expect(answered == 4)
        #expect(overloaded == 6)
    }

    @Test func oneKeyNeverSharesABatchNorFliesTwice() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = make(executor, inFlight: 2, keyed: true)
        let tasks = [1, 2, 11, 12, 3].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 11]])
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 11], [2, 12]])
        ask(executor) { await recorder.open() }
        executor.run()
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 11], [2, 12], [3]])
        #expect(tasks.allSatisfy { value(executor, $0) != nil })
    }

    @Test func closingAnswersWhatIsQueuedAndRefusesTheRest() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = make(executor)
        let task = start(executor) { try await mailbox.send(1) }
        executor.run()
        let closing = start(executor) { try await mailbox.drainAndClose() }
        executor.run()
        let late = start(executor) { try await mailbox.send(2) }
        executor.run()
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(value(executor, task) == 2)
        if case .failure(let error) = outcome(executor, late) {
            #expect(error as? MailboxError == .closed)
        } else {
            Issue.record("a closed mailbox took a message")
        }
        if case .failure(let error) = outcome(executor, closing) { Issue.record(error) }
    }
}

@Suite struct SerialMailboxTests {
    @Test func aPlainActorLosesUpdatesAndTheMailboxDoesNot() async throws {
        try await withLoop { loop in
            let plain = Counter(executor: loop)
            let guarded = Counter(executor: loop)
            let mailbox = SerialMailbox(executor: loop, capacity: 100)
            let tasks = (0..<50).map { _ in
                Task {
                    try await plain.readThenWrite(pause: loop)
                    try await mailbox.perform { try await guarded.readThenWrite(pause: loop) }
                }
            }
            for task in tasks { try await task.value }
            #expect(await plain.value < 50)
            #expect(await guarded.value == 50)
            #expect(await mailbox.isIdle)
        }
    }

    @Test func refusesPastItsCapacity() async throws {
        let executor = ManualExecutor()
        let recorder = Recorder(executor: executor)
        let mailbox = SerialMailbox(executor: executor, capacity: 2)
        let tasks = (0..<5).map { _ in
            start(executor) { try await mailbox.perform { try await recorder.exclusive(pause: true) } }
        }
        executor.run()
        for _ in 0..<3 {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        let refused = tasks.filter {
            if case .failure(let error) = outcome(executor, $0) { return error as? MailboxError == .overloaded }
            return false
        }
        #expect(refused.count == 2)
        #expect(ask(executor) { await recorder.overlapped } == false)
    }
}
