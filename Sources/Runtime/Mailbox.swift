// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// Why a mailbox did not take a message.
public enum MailboxError: Error, Sendable, Equatable {
    /// As many messages wait as the mailbox holds: the caller answers 503 with Retry-After, nothing was done.
    case overloaded
    /// The owner is shutting down.
    case closed
}

/// A bounded, non-re-entrant mailbox for one message at a time: the caller's body runs alone, in order of arrival.
///
/// Swift actors interleave at every `await`; between `perform`'s begin and end nothing else of the same mailbox runs.
///
/// - Isolation: an actor on its owner's executor, so entering and leaving are plain calls.
public final actor SerialMailbox: LoopActor {
    public nonisolated let executor: LoopExecutor
    /// Messages that may wait behind the one that runs.
    public nonisolated let capacity: Int
    private var occupied = false
    private var closed = false
    private var waiting = Deque<LoopContinuation<Void>>()

    /// Makes an empty mailbox.
    public init(executor: LoopExecutor, capacity: Int) {
        self.executor = executor
        self.capacity = capacity
    }

    /// Messages that wait, without the one that runs.
    public var depth: Int { waiting.count }

    /// Nothing runs and nothing waits: the owner may be passivated in the same synchronous step.
    public var isIdle: Bool { !occupied && waiting.isEmpty }

    /// Runs `body` alone, after everything that came before.
    ///
    /// - Throws: `MailboxError` when it could not be queued, else what `body` throws.
    /// - Cancellation: does not take a queued message out.
    public nonisolated(nonsending) func perform<Value>(
        _ body: nonisolated(nonsending) () async throws -> sending Value
    ) async throws -> sending Value {
        try await enter()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async throws {
        if closed { throw MailboxError.closed }
        if !occupied {
            occupied = true
            return
        }
        // Decided inside the continuation: nothing may run between the decision and the parking.
        try await withLoopContinuation { continuation in
            if !occupied {
                occupied = true
                continuation.resume()
            } else if waiting.count < capacity {
                waiting.append(continuation)
            } else {
                continuation.resume(throwing: MailboxError.overloaded)
            }
        }
    }

    private func leave() {
        // The baton passes to the next in line without ever being free, so nobody can slip in between.
        if let next = waiting.popFirst() {
            next.resume()
        } else {
            occupied = false
        }
    }

    /// Refuses what waits and what comes; the running message ends by itself.
    public func close() {
        closed = true
        for waiter in waiting { waiter.resume(throwing: MailboxError.closed) }
        waiting = []
    }
}
