// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization
import UVRuntime

/// Drives a manual executor: starts tasks, picks interleavings from a seed, moves time.
final class Driver {
    let executor = ManualExecutor()
    /// Nil runs jobs first in, first out.
    private var random: SeededRandom?
    /// Called between any two jobs, as if on the executor.
    var betweenJobs: (() -> Void)?

    init(seed: UInt64? = nil) {
        random = seed.map { SeededRandom(seed: $0) }
    }

    /// Picks one of `count` waiting jobs.
    private func choose(_ count: Int) -> Int {
        betweenJobs?()
        guard count > 1, random != nil else { return 0 }
        // Mostly in order: only so do long chains of jobs get far enough to meet each other in odd places.
        guard Int.random(in: 0..<4, using: &random!) == 0 else { return 0 }
        return Int.random(in: 0..<count, using: &random!)
    }

    /// Runs what is ready.
    func run() {
        executor.run(choose: choose)
        betweenJobs.map { executor.perform($0) }
    }

    /// Moves time.
    func advance(_ duration: Duration) {
        executor.advance(by: duration, choose: choose)
        betweenJobs.map { executor.perform($0) }
    }

    /// Starts a task that runs with the next `run`.
    func start<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Pending<Value> {
        let pending = Pending<Value>()
        executor.perform {
            _ = Task {
                do {
                    pending.settle(.success(try await body()))
                } catch {
                    pending.settle(.failure(error))
                }
            }
        }
        return pending
    }

    /// Runs until every task has its answer, at most `limit` of simulated time.
    @discardableResult
    func finish<Value>(_ tasks: [Pending<Value>], within limit: Duration = .seconds(60)) -> Bool {
        let end = executor.now + limit.wholeMilliseconds * 1_000_000
        run()
        while tasks.contains(where: { $0.result == nil }) {
            if executor.now >= end { return false }
            advance(.milliseconds(1))
        }
        return true
    }

    /// The answer of a body that needs no time, or at most `limit` of it.
    func ask<Value: Sendable>(
        within limit: Duration = .seconds(60), _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let pending = start(body)
        finish([pending], within: limit)
        guard let result = pending.result else { throw NoAnswer() }
        return try result.get()
    }
}

/// A task did not end in time.
struct NoAnswer: Error {}

/// A task's result, once it has one.
final class Pending<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, any Error>?>(nil)

    var result: Result<Value, any Error>? { state.withLock { $0 } }
    var value: Value? { try? result?.get() }
    var error: (any Error)? {
        if case .failure(let error)? = result { error } else { nil }
    }

    func settle(_ result: Result<Value, any Error>) {
        state.withLock { state in
            precondition(state == nil, "answered twice")
            state = result
        }
    }
}

extension Hash32 {
    /// A value that is easy to tell apart; spread over the words that shards and locks take.
    static func test(_ number: Int, _ kind: UInt64 = 1) -> Hash32 {
        Hash32(words: (UInt64(number) &* 0x9E37_79B9 &+ kind &* 0x1_0000_0001, kind, 7, UInt64(number)))
    }
}
