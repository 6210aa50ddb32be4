// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
    /// Runs `body` on this loop and returns its result; a plain call when the caller is there already.
    ///
    /// This is the door for tasks that live outside the loops (start-up, tests, tools): they come back to the global pool.
    /// A task that calls a loop's actor directly from outside would stay on that loop afterwards (ADR 0001).
    ///
    /// - Throws: what `body` throws; `RuntimeError.loopStopped`, without running it, when the loop has ended.
    /// - Isolation: callable from anywhere; `body` runs on the loop.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        if isCurrent { return try await body() }
        let caller = LoopExecutor.current as? EventLoop
        return try await withCheckedThrowingContinuation { continuation in
            let finish: @Sendable (Result<Value, any Error>) -> Void = { result in
                if let caller {
                    caller.spawn { continuation.resume(with: result) }
                } else {
                    LoopExecutor.outside { continuation.resume(with: result) }
                }
            }
            start {
                let result: Result<Value, any Error>
                do {
                    result = .success(try await body())
                } catch {
                    result = .failure(error)
                }
                finish(result)
            } orElse: {
                finish(.failure(RuntimeError.loopStopped))
            }
        }
    }

    /// Brings a task without isolation back to the global pool when a loop has resumed it, as the callback of a signal does
    /// that feeds a stream.
    ///
    /// An actor of the loop, or what it calls, stays there.
    public static func leave() async {
        guard let loop = currentLoop else { return }
        await withCheckedContinuation { continuation in
            // Runs behind the job that parks here: a continuation that is resumed earlier does not leave its thread.
            loop.spawn { LoopExecutor.outside { continuation.resume() } }
        }
    }

    /// Starts `body` as a task of its own on this loop; a loop that has ended does not run it. Callable from anywhere.
    @discardableResult
    public func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        start(body, orElse: {})
    }

    @discardableResult
    private func start(
        _ body: @escaping @Sendable () async -> Void, orElse refused: @escaping @Sendable () -> Void
    ) -> Task<Void, Never> {
        let runner = LoopRunner(executor: self)
        return Task { await runner.run(body, orElse: refused) }
    }
}

/// Carries the loop's isolation for a closure.
private final actor LoopRunner: LoopActor {
    nonisolated let executor: LoopExecutor

    init(executor: LoopExecutor) {
        self.executor = executor
    }

    func run(_ body: @Sendable () async -> Void, orElse refused: @Sendable () -> Void) async {
        // Not only for loops that have ended: Swift 6.3 drops the hop to an actor whose method does nothing before it
        // calls a nonisolated(nonsending) closure, and the closure then runs wherever the caller was.
        guard executor.isCurrent else { return refused() }
        await body()
    }
}
