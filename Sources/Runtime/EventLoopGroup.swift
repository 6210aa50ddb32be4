// SPDX-License-Identifier: Apache-2.0
internal import CExecutorHook
internal import Glibc
internal import Synchronization

/// A fixed number of event loops, each on its own thread.
public final class EventLoopGroup: Sendable {
    /// The loops, in order of `index`.
    public let loops: [EventLoop]
    private let next_ = Atomic<Int>(0)
    private let running: Mutex<Running>

    private struct Running {
        var count: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Starts `count` loops (1…64; more threads than that share no machine this is made for).
    ///
    /// - Throws: `UVError` when libuv cannot make a loop, `RuntimeError.threadStartFailed` when the system has no thread.
    public init(count: Int) throws {
        precondition((1...64).contains(count), "loop count out of range")
        loops = try (0..<count).map { try EventLoop(index: $0) }
        running = Mutex(Running(count: count))
        for loop in loops { try start(loop) }
    }

    private func start(_ loop: EventLoop) throws {
        let box = Unmanaged.passRetained(ThreadStart(loop: loop, ended: { [self] in threadEnded() }))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { data in
                guard let data else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(data).takeRetainedValue()
                mve_thread_name("mve-loop-\(start.loop.index)")
                start.loop.runUntilStopped()
                start.ended()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw RuntimeError.threadStartFailed(status)
        }
        pthread_detach(thread)
    }

    private func threadEnded() {
        let waiters = running.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        LoopExecutor.outside { for waiter in waiters { waiter.resume() } }
    }

    /// The loops in turn, for work that may run on any of them. Callable from anywhere.
    public func next() -> EventLoop {
        loops[Int(bitPattern: UInt(bitPattern: next_.wrappingAdd(1, ordering: .relaxed).oldValue) % UInt(loops.count))]
    }

    /// Ends every loop after its current iteration and waits for their threads.
    ///
    /// - Isolation: none; a task that a loop has resumed leaves it first. An actor of a loop cannot wait for its own end.
    public func shutdown() async {
        await EventLoop.leave()
        precondition(LoopExecutor.current == nil, "a loop cannot wait for its own end")
        for loop in loops { loop.requestStop() }
        await withCheckedContinuation { continuation in
            let done = running.withLock { state -> Bool in
                if state.count > 0 { state.waiters.append(continuation) }
                return state.count == 0
            }
            if done { continuation.resume() }
        }
    }
}

private final class ThreadStart: Sendable {
    let loop: EventLoop
    let ended: @Sendable () -> Void

    init(loop: EventLoop, ended: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.ended = ended
    }
}
