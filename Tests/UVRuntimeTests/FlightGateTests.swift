// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// Several mailboxes that share the batches in flight.
@Suite struct FlightGateTests {
    /// Parks every batch until it is let go, and remembers how many were up at once.
    private actor Flights: LoopActor {
        nonisolated let executor: LoopExecutor
        var parked: [LoopContinuation<Void>] = []
        var most = 0
        var order: [Int] = []

        init(executor: LoopExecutor) { self.executor = executor }

        func fly(_ mailbox: Int, _ batch: [Int]) async -> [Result<Int, any Error>] {
            order.append(mailbox)
            try? await withLoopContinuation { parked.append($0) }
            return batch.map { .success($0) }
        }

        func land() {
            most = max(most, parked.count)
            guard !parked.isEmpty else { return }
            parked.removeFirst().resume()
        }
    }

    @Test(arguments: [1, 2, 3]) func neverMoreInFlightThanPlacesAndNobodyIsForgotten(places: Int) async throws {
        let executor = ManualExecutor()
        let flights = Flights(executor: executor)
        let gate = FlightGate(executor: executor, places: places)
        let mailboxes = (0..<4).map { number in
            BatchingMailbox<Int, Int>(
                executor: executor, limits: .init(capacity: 100, batch: 2, inFlight: 2), clock: executor,
                gate: gate
            ) { await flights.fly(number, $0) }
        }
        let tasks = (0..<40).map { value in start(executor) { try await mailboxes[value % 4].send(value) } }
        executor.run()
        // 40 messages in batches of two; each landing lets the next one go.
        for _ in 0..<20 {
            ask(executor) { await flights.land() }
            executor.run()
        }
        #expect(tasks.enumerated().allSatisfy { value(executor, $1) == $0 })
        #expect(ask(executor) { await flights.most } == places)
        #expect(ask(executor) { await flights.parked.isEmpty })
    }

    @Test func whoWaitedFirstGoesFirst() async throws {
        let executor = ManualExecutor()
        let flights = Flights(executor: executor)
        let gate = FlightGate(executor: executor, places: 1)
        let mailboxes = (0..<3).map { number in
            BatchingMailbox<Int, Int>(
                executor: executor, limits: .init(capacity: 100, batch: 1, inFlight: 1), gate: gate
            ) { await flights.fly(number, $0) }
        }
        let tasks = [0, 0, 1, 2].map { number in start(executor) { try await mailboxes[number].send(number) } }
        executor.run()
        for _ in 0..<4 {
            ask(executor) { await flights.land() }
            executor.run()
        }
        #expect(ask(executor) { await flights.order } == [0, 1, 2, 0])
        #expect(tasks.allSatisfy { value(executor, $0) != nil })
    }
}
