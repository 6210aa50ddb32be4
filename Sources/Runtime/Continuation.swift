// SPDX-License-Identifier: Apache-2.0

// Checked continuations cost an allocation and 55 to 85 ns each: they guard debug builds, release builds go without.
#if DEBUG
    /// What a parked task is resumed through.
    public typealias LoopContinuation<Value: Sendable> = CheckedContinuation<Value, any Error>

    /// Parks the calling task until the continuation is resumed, exactly once.
    ///
    /// Decide and park inside `body`: a check made before the call may be stale when `body` runs.
    @inlinable
    public nonisolated(nonsending) func withLoopContinuation<Value: Sendable>(
        _ body: (LoopContinuation<Value>) -> Void
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { body($0) }
    }
#else
    /// What a parked task is resumed through.
    public typealias LoopContinuation<Value: Sendable> = UnsafeContinuation<Value, any Error>

    /// Parks the calling task until the continuation is resumed, exactly once.
    ///
    /// Decide and park inside `body`: a check made before the call may be stale when `body` runs.
    @inlinable
    public nonisolated(nonsending) func withLoopContinuation<Value: Sendable>(
        _ body: (LoopContinuation<Value>) -> Void
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { body($0) }
    }
#endif
