// SPDX-License-Identifier: Apache-2.0
private import CExecutorHook

/// A serial executor bound to one thread at a time: the base of `EventLoop` and of `ManualExecutor`.
///
/// While a thread has a current executor, jobs that the Swift runtime would hand to the global pool (resumed
/// continuations, `Task.value`, task groups) are pushed here instead, so that a task never leaves its loop (ADR 0001).
///
/// - Isolation: `push` is called from any thread; everything else on the executor's own thread.
// @unchecked: subclasses confine their state to the executor's thread, checked by `preconditionCurrent()`, and guard
// what other threads touch with a mutex.
open class LoopExecutor: SerialExecutor, @unchecked Sendable {
    /// Installs the redirection once per process, before the first executor exists.
    private static let hookInstalled: Void = mve_hook_install { sink, job in
        guard let sink, let job else { return }
        let executor = Unmanaged<LoopExecutor>.fromOpaque(sink).takeUnretainedValue()
        executor.push(unsafeBitCast(job, to: UnownedJob.self))
    }

    package init() {
        _ = Self.hookInstalled
    }

    /// Adds a job behind those that wait already. Callable from any thread.
    open func push(_ job: UnownedJob) {
        preconditionFailure("LoopExecutor is abstract")
    }

    public final func enqueue(_ job: consuming ExecutorJob) {
        push(UnownedJob(job))
    }

    public final func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the calling thread is running this executor.
    public final var isCurrent: Bool {
        mve_sink_get() == Unmanaged.passUnretained(self).toOpaque()
    }

    public final func checkIsolated() {
        precondition(isCurrent, "called off its event loop")
    }

    public final func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    /// Traps when called off the executor's thread: a mistake of ours, never of input.
    @inline(__always)
    public final func preconditionCurrent() {
        precondition(isCurrent, "called off its event loop")
    }

    /// The executor that the calling thread is running, if any.
    public static var current: LoopExecutor? {
        mve_sink_get().map { Unmanaged<LoopExecutor>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes this the calling thread's executor until `resignCurrent`.
    package final func becomeCurrent() {
        mve_sink_set(Unmanaged.passUnretained(self).toOpaque())
    }

    package static func resignCurrent() {
        mve_sink_set(nil)
    }

    /// Runs `body` as if on no loop, so that what it resumes goes to the global pool.
    package static func outside(_ body: () -> Void) {
        let sink = mve_sink_get()
        mve_sink_set(nil)
        body()
        mve_sink_set(sink)
    }
}

/// An actor that lives on one executor: calls between actors of the same loop are plain calls.
///
/// A conforming actor needs only `nonisolated let executor: LoopExecutor`.
public protocol LoopActor: Actor {
    /// The loop (or the simulator's executor) that runs this actor.
    nonisolated var executor: LoopExecutor { get }
}

extension LoopActor {
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// As `assumeIsolated`, for the callbacks of every request: a body that captures nothing costs no allocation.
    @inlinable
    public nonisolated func assumeIsolated<Argument, Value: Sendable>(
        with argument: Argument, _ body: @escaping (isolated Self, Argument) -> Value
    ) -> Value {
        executor.preconditionCurrent()
        // The types differ in their isolation alone, and whose it is has just been checked.
        return unsafeBitCast(body, to: ((Self, Argument) -> Value).self)(self, argument)
    }

    /// The actor's isolation for `body`, which runs at once; traps off the executor's thread.
    ///
    /// Stands before the standard library's method of this name, which asks the runtime for the current task's executor
    /// and compares the two by dynamic casts: 1,000 instructions a call, where every callback of a socket is one.
    @inlinable
    public nonisolated func assumeIsolated<Value: Sendable, Failure: Error>(
        _ body: (isolated Self) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        executor.preconditionCurrent()
        typealias Isolated = (isolated Self) throws(Failure) -> Value
        typealias Plain = (Self) throws(Failure) -> Value
        return try withoutActuallyEscaping(body) { (body: @escaping Isolated) throws(Failure) -> Value in
            // The types differ in their isolation alone, and whose it is has just been checked.
            try unsafeBitCast(body, to: Plain.self)(self)
        }
    }
}
