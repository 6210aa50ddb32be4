// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// When a batch flies beside others.
@Suite struct FlightTests {
    @Test func noMoreBatchesFlyThanAllowed() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, batch: 2, inFlight: 2)
        let tasks = [1, 2, 3, 4, 5].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 2], [3, 4]])
        #expect(ask(executor) { await mailbox.batchesInFlight } == 2)
        #expect(ask(executor) { await mailbox.depth } == 1)
        #expect(ask(executor) { await mailbox.live }.sorted() == [1, 2, 3, 4, 5])
        ask(executor) { await recorder.open() }
        executor.run()
        ask(executor) { await recorder.open() }
        #expect(tasks.map { value(executor, $0) } == [2, 4, 6, 8, 10])
    }

    @Test func anotherBatchFliesOnceAsManyWaitAsFly() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, inFlight: 3)
        let first = [1, 2, 3].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        let second = [4, 5].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 2, 3]])
        let third = start(executor) { try await mailbox.send(7) }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 2, 3], [4, 5, 7]])
        // What does not reach that number goes with the end of what flies.
        let last = start(executor) { try await mailbox.send(8) }
        executor.run()
        #expect(ask(executor) { await mailbox.depth } == 1)
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(ask(executor) { await recorder.batches }.last == [8])
        ask(executor) { await recorder.open() }
        executor.run()
        #expect((first + second + [third, last]).map { value(executor, $0) } == [2, 4, 6, 8, 10, 14, 16])
    }

    /// A full batch has no more company to wait for.
    @Test func aFullBatchFliesHoweverManyFly() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, batch: 2, inFlight: 4)
        let tasks = (1...7).map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        #expect(ask(executor) { await recorder.batches } == [[1, 2], [3, 4], [5, 6]])
        ask(executor) { await recorder.open() }
        executor.run()
        ask(executor) { await recorder.open() }
        #expect(tasks.dropLast(2).map { value(executor, $0) } == [2, 4, 6, 8, 10])
        #expect(ask(executor) { await recorder.batches }.last == [7])
    }

    /// The batch in flight may wait for somebody's lock, or for a reply that was lost: those behind it wait no longer than the
    /// mailbox is patient, and again as long behind the next one.
    @Test func whoWaitsBehindAStuckBatchFliesOnceThePatienceIsOver() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, inFlight: 3)
        let stuck = (1...5).map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        let behind = start(executor) { try await mailbox.send(7) }
        executor.run()
        let patience = BatchingMailbox<Int, Int>.patience
        executor.advance(by: patience - .milliseconds(1))
        #expect(ask(executor) { await recorder.batches } == [[1, 2, 3, 4, 5]])
        executor.advance(by: .milliseconds(1))
        #expect(ask(executor) { await recorder.batches } == [[1, 2, 3, 4, 5], [7]])
        let later = start(executor) { try await mailbox.send(8) }
        executor.run()
        #expect(ask(executor) { await mailbox.depth } == 1)
        executor.advance(by: patience)
        #expect(ask(executor) { await recorder.batches }.last == [8])
        // Past the batches that may fly there is no more to be had by being impatient.
        let last = start(executor) { try await mailbox.send(9) }
        executor.advance(by: patience * 2)
        #expect(ask(executor) { await mailbox.batchesInFlight } == 3)
        ask(executor) { await recorder.open() }
        executor.run()
        ask(executor) { await recorder.open() }
        #expect((stuck + [behind, later, last]).allSatisfy { value(executor, $0) != nil })
    }

    /// All come back at once after their answers: two halves that fly in turn, and never all of them in one batch again.
    @Test func fromABoundOnABatchIsHalfOfThoseThatAreHere() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, capacity: 200, batch: 128, inFlight: 2, halvedFrom: 4)
        func senders(_ values: ClosedRange<Int>) -> [Task<Int, any Error>] {
            values.map { value in start(executor) { try await mailbox.send(value * 7) } }
        }
        var tasks = senders(1...10)
        executor.run()
        #expect(ask(executor) { await recorder.batches.map(\.count) } == [5, 5])
        for turn in 1...3 {
            ask(executor) { await recorder.openFirst() }
            executor.run()
            tasks += senders(turn * 10 + 1...turn * 10 + 5)
            executor.run()
        }
        #expect(ask(executor) { await recorder.batches.map(\.count) } == [5, 5, 5, 5, 5])
        for _ in 0..<2 {
            ask(executor) { await recorder.openFirst() }
            executor.run()
        }
        #expect(tasks.allSatisfy { value(executor, $0) != nil })
        // Of an odd number one is left for the next batch.
        let odd = senders(30...40)
        executor.run()
        #expect(ask(executor) { await recorder.batches.suffix(2).map(\.count) } == [5, 5])
        for _ in 0..<3 {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        #expect(odd.allSatisfy { value(executor, $0) != nil })
        // A few are not torn apart.
        let few = senders(50...53)
        executor.run()
        #expect(ask(executor) { await recorder.batches.last } == [350, 357, 364, 371])
        ask(executor) { await recorder.open() }
        #expect(few.allSatisfy { value(executor, $0) != nil })
    }

    /// The next batch is on its way before those who were answered do anything.
    @Test func theNextBatchFliesBeforeAnswersAreGiven() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, inFlight: 1)
        let first = start(executor) { () async throws -> Int in
            _ = try await mailbox.send(1)
            return await recorder.batches.count
        }
        executor.run()
        let second = start(executor) { try await mailbox.send(2) }
        executor.run()
        ask(executor) { await recorder.open() }
        executor.run()
        #expect(value(executor, first) == 2)
        ask(executor) { await recorder.open() }
        #expect(value(executor, second) == 4)
    }

    @Test func closingDoesNotForgetWhoWaitsForCompany() async throws {
        let executor = ManualExecutor()
        let (recorder, mailbox) = Recorder.mailbox(executor, inFlight: 2)
        let tasks = [1, 2, 3].map { value in start(executor) { try await mailbox.send(value) } }
        executor.run()
        let behind = start(executor) { try await mailbox.send(4) }
        executor.run()
        let closing = start(executor) { try await mailbox.drainAndClose() }
        executor.run()
        for _ in 0..<2 {
            ask(executor) { await recorder.open() }
            executor.run()
        }
        #expect(value(executor, closing) != nil)
        #expect((tasks + [behind]).map { value(executor, $0) } == [2, 4, 6, 8])
    }
}
