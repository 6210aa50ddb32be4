// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Keeps the batches that it gets and lets each fly until it is told to open.
actor Recorder: LoopActor {
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

    /// Lets the batch that flies longest land.
    func openFirst() {
        guard !gate.isEmpty else { return }
        gate.removeFirst().resume()
    }

    func exclusive(pause: Bool) async throws {
        running += 1
        if running > 1 { overlapped = true }
        if pause { try await withLoopContinuation { gate.append($0) } }
        running -= 1
    }

    /// A mailbox that gives its batches to a recorder.
    static func mailbox(
        _ executor: ManualExecutor, capacity: Int = 100, batch: Int = 8, inFlight: Int = 1, halvedFrom: Int? = nil,
        keyed: Bool = false
    )
        -> (Recorder, BatchingMailbox<Int, Int>)
    {
        let recorder = Recorder(executor: executor)
        let mailbox = BatchingMailbox<Int, Int>(
            executor: executor,
            limits: .init(capacity: capacity, batch: batch, inFlight: inFlight, halvedFrom: halvedFrom),
            clock: executor, keys: { keyed ? [Int64($0 / 10)] : [] }
        ) { await recorder.handle($0) }
        return (recorder, mailbox)
    }
}

/// What comes of a number whose remainder by seven is six.
struct Odd: Error {}
