// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Runs a body on the global pool, also when the caller is on a loop.
///
/// What a task on a loop hands to the pool runs on that loop (ADR 0001), and with it whoever else waits for the same thing,
/// such as a test that waits outside for a child process: it would wake up on a loop that is not its own, and could not
/// end it. Whatever tests share between loops goes through here.
public func offLoop<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    guard LoopExecutor.current != nil else { return try await body() }
    return try await withCheckedThrowingContinuation { continuation in
        LoopExecutor.outside {
            Task.detached {
                let result: Result<Value, any Error>
                do {
                    result = .success(try await body())
                } catch {
                    result = .failure(error)
                }
                continuation.resume(with: result)
            }
        }
    }
}
