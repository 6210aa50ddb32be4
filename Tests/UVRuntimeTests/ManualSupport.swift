// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// Runs `body` on the manual executor until it has an answer.
@discardableResult
func ask<Value: Sendable>(_ executor: ManualExecutor, _ body: @escaping @Sendable () async -> Value) -> Value {
    let answer = Answer<Value>()
    executor.perform { _ = Task { answer.value = await body() } }
    executor.run()
    guard let value = answer.value else { preconditionFailure("the executor ran dry without an answer") }
    return value
}

/// Written and read on the thread that runs the executor.
private final class Answer<Value: Sendable>: @unchecked Sendable {
    var value: Value?
}

/// Starts a task on the executor; it runs with the next `run`.
func start<Value: Sendable>(
    _ executor: ManualExecutor, _ body: @escaping @Sendable () async throws -> Value
) -> Task<Value, any Error> {
    executor.perform { Task { try await body() } }
}

/// Runs what is ready and expects `condition` to hold then.
func pump(_ executor: ManualExecutor, _ condition: @escaping @Sendable () async -> Bool) {
    executor.run()
    #expect(ask(executor, condition))
}

/// The finished result of a task that runs on the executor.
func outcome<Value: Sendable>(_ executor: ManualExecutor, _ task: Task<Value, any Error>) -> Result<Value, any Error> {
    ask(executor) { await task.result }
}

func value<Value: Sendable>(_ executor: ManualExecutor, _ task: Task<Value, any Error>) -> Value? {
    try? outcome(executor, task).get()
}
