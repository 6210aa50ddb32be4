// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@Suite struct BatchingMailboxTests {
    @Test func takesWhatQueuedWhileTheLastBatchFlew() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor)
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
        let (recorder, mailbox) = Recorder.mailbox(executor, capacity: 4)
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
        let (recorder, mailbox) = Recorder.mailbox(executor, inFlight: 2, keyed: true)
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
        let (recorder, mailbox) = Recorder.mailbox(executor)
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

    @Test func oneMessageAloneFliesAtOnceAndAlone() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor)
        for message in [3, 4, 5] {
            let task = start(executor) { try await mailbox.send(message) }
            executor.run()
            #expect(ask(executor) { await mailbox.batchesInFlight } == 1)
            ask(executor) { await recorder.open() }
            #expect(value(executor, task) == message * 2)
        }
        #expect(ask(executor) { await recorder.batches } == [[3], [4], [5]])
        #expect(ask(executor) { await mailbox.live }.isEmpty)
    }

    @Test func aBatchThatFailsFailsItsMessagesAndNoOther() async throws {
        struct Lost: Error {}
        let executor = ManualExecutor()
        let mailbox = BatchingMailbox<Int, Int>(
            executor: executor, limits: .init(capacity: 10, batch: 3, inFlight: 1)
        ) { batch in
            batch.contains(2) ? batch.map { _ in .failure(Lost()) } : batch.map { .success($0) }
        }
        let tasks = [1, 2, 3, 4, 5].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        for task in tasks[..<3] { #expect(throws: Lost.self) { try outcome(executor, task).get() } }
        #expect(tasks[3...].map { value(executor, $0) } == [4, 5])
        // The mailbox lives on.
        let next = start(executor) { try await mailbox.send(6) }
        #expect(value(executor, next) == 6)
    }

    @Test func aCancelledCallerStillGetsItsOutcome() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor)
        let flying = start(executor) { try await mailbox.send(1) }
        executor.run()
        let queued = start(executor) { try await mailbox.send(2) }
        executor.run()
        flying.cancel()
        queued.cancel()
        executor.run()
        #expect(ask(executor) { await mailbox.live }.sorted() == [1, 2])
        for _ in 0..<2 {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        #expect(value(executor, flying) == 2)
        #expect(value(executor, queued) == 4)
        // What a message holds ends with its outcome, so one that was cancelled before it was sent is taken as well.
        let late = executor.perform { Task { try await mailbox.send(3) } }
        late.cancel()
        executor.run()
        ask(executor) { await recorder.open() }
        #expect(value(executor, late) == 6)
    }

    @Test func aMessageOfSeveralKeysExcludesThemAll() async throws {
        let executor = ManualExecutor()
        let recorder = Recorder(executor: executor)
        // The keys of a number are its decimal digits.
        let mailbox = BatchingMailbox<Int, Int>(
            executor: executor, limits: .init(capacity: 10, batch: 8, inFlight: 2), clock: executor,
            keys: { number in String(number).compactMap { $0.wholeNumberValue.map(Int64.init) } }
        ) { await recorder.handle($0) }
        let tasks = [12, 23, 3, 4, 1].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        // 23 waits for 2, and 3 for 23 although 3 is free: a key keeps its order. 1 waits for 12.
        #expect(ask(executor) { await recorder.batches } == [[12, 4]])
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[12, 4], [23, 1]])
        ask(executor) { await recorder.open() }
        executor.run()
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[12, 4], [23, 1], [3]])
        #expect(tasks.allSatisfy { value(executor, $0) != nil })
    }

    @Test func drainingWaitsForEveryBatch() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, batch: 2)
        let tasks = [1, 2, 3, 4, 5].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        let log = Log()
        let closing = start(executor) {
            try await mailbox.drainAndClose()
            log.entries.append("closed")
        }
        for _ in 0..<3 {
            executor.run()
            #expect(log.entries.isEmpty)
            ask(executor) { await recorder.open() }
        }
        executor.run()
        #expect(log.entries == ["closed"])
        #expect(tasks.map { value(executor, $0) } == [2, 4, 6, 8, 10])
        #expect(throws: Never.self) { try outcome(executor, closing).get() }
        // Closing what is empty is done at once.
        #expect(throws: Never.self) {
            try outcome(executor, start(executor) { try await mailbox.drainAndClose() }).get()
        }
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

    @Test func oneRunsAtATimeInOrderOfArrival() async throws {
        let executor = ManualExecutor()
        let recorder = Recorder(executor: executor)
        let mailbox = SerialMailbox(executor: executor, capacity: 10)
        let log = Log()
        let tasks = (0..<4).map { number in
            start(executor) {
                try await mailbox.perform {
                    log.entries.append("in \(number)")
                    try await recorder.exclusive(pause: true)
                    log.entries.append("out \(number)")
                    return number
                }
            }
        }
        executor.run()
        #expect(log.entries == ["in 0"])
        #expect(ask(executor) { await mailbox.depth } == 3)
        for _ in tasks {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        #expect(log.entries == (0..<4).flatMap { ["in \($0)", "out \($0)"] })
        #expect(tasks.map { value(executor, $0) } == [0, 1, 2, 3])
        #expect(ask(executor) { await recorder.overlapped } == false)
        #expect(ask(executor) { await mailbox.isIdle })
    }

    @Test func aBodyThatThrowsLetsTheNextOneIn() async throws {
        let executor = ManualExecutor()
        let mailbox = SerialMailbox(executor: executor, capacity: 10)
        let failing = start(executor) { try await mailbox.perform { throw Odd() } }
        let next = start(executor) { try await mailbox.perform { 5 } }
        executor.run()
        #expect(throws: Odd.self) { try outcome(executor, failing).get() }
        #expect(value(executor, next) == 5)
    }

    @Test func aCancelledCallerKeepsItsPlace() async throws {
        let executor = ManualExecutor()
        let recorder = Recorder(executor: executor)
        let mailbox = SerialMailbox(executor: executor, capacity: 10)
        let running = start(executor) { try await mailbox.perform { try await recorder.exclusive(pause: true) } }
        let waiting = start(executor) { try await mailbox.perform { Task.isCancelled } }
        executor.run()
        waiting.cancel()
        executor.run()
        #expect(ask(executor) { await mailbox.depth } == 1)
        ask(executor) { await recorder.open() }
        #expect(throws: Never.self) { try outcome(executor, running).get() }
        #expect(value(executor, waiting) == true)
    }

    @Test func closingRefusesWhatWaitsAndWhatComes() async throws {
        let executor = ManualExecutor()
        let recorder = Recorder(executor: executor)
        let mailbox = SerialMailbox(executor: executor, capacity: 10)
        let running = start(executor) { try await mailbox.perform { try await recorder.exclusive(pause: true) } }
        let waiting = start(executor) { try await mailbox.perform { 1 } }
        executor.run()
        ask(executor) { await mailbox.close() }
        let late = start(executor) { try await mailbox.perform { 2 } }
        executor.run()
        #expect(throws: MailboxError.closed) { try outcome(executor, waiting).get() }
        #expect(throws: MailboxError.closed) { try outcome(executor, late).get() }
        #expect(ask(executor) { await mailbox.isIdle } == false)
        ask(executor) { await recorder.open() }
        #expect(throws: Never.self) { try outcome(executor, running).get() }
        #expect(ask(executor) { await mailbox.isIdle })
    }
}
