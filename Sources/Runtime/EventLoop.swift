// SPDX-License-Identifier: Apache-2.0
public import CUV
internal import DequeModule
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// A libuv loop on its own thread, which is the Swift executor of its connections and actors.
///
/// One iteration: poll for I/O, run the callbacks, run the jobs they made ready (at most `Limits.jobsPerTurn`), then flush
/// once whatever registered with `scheduleFlush` (a connection's answers, a database pipeline's sync).
/// Jobs enqueued on the loop's thread go to a local ring; from elsewhere they cross in bursts with one wake-up each.
///
/// - Isolation: methods marked "on the loop" trap elsewhere.
// @unchecked: see LoopExecutor; `remote` is guarded by its mutex, `uv` handles are touched on the thread only.
public final class EventLoop: LoopExecutor, @unchecked Sendable {
    /// Position in its group, 0…count-1.
    public let index: Int
    /// The libuv loop; for the C clients that attach to it, on the loop's thread.
    public let uv: UnsafeMutablePointer<uv_loop_t>
    /// What was enqueued and how often another thread had to be woken.
    public internal(set) var counters = Counters()

    var ring = Deque<UnownedJob>()
    var dirty: [any LoopFlushable] = []
    let remote = Mutex(Remote())
    let wakeHandle = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    let prepareHandle = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
    let checkHandle = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
    let idleHandle = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    /// One read buffer serves all streams of the loop: libuv hands the bytes over before it asks for the next buffer.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Limits.readBuffer, alignment: 16)
    var ownedHandles: Set<UnsafeMutableRawPointer> = []
    var offloadsInFlight = 0

    /// Counts since start. Read on the loop.
    public struct Counters: Sendable {
        /// Jobs enqueued by the loop's own thread: no wake-up, no lock.
        public var localEnqueues: UInt64 = 0
        /// Jobs enqueued by other threads.
        public var remoteEnqueues: UInt64 = 0
        /// `uv_async_send` received: one per burst of remote jobs.
        public var wakeUps: UInt64 = 0
        /// Iterations in which jobs ran.
        public var turns: UInt64 = 0
        /// Times that a stream offered its gathered output to the kernel.
        public var writes: UInt64 = 0
    }

    struct Remote {
        var jobs: [UnownedJob] = []
        var closed = false
        var stopping = false
    }

    /// Bounds of one loop.
    public enum Limits {
        /// Jobs run before the loop polls for I/O again, so that a busy queue cannot starve the sockets.
        public static let jobsPerTurn = 4096
        /// Bytes read from a socket at once; one buffer per loop.
        public static let readBuffer = 64 * 1024
        /// Blocking calls queued for the worker threads by one loop; past it callers get `RuntimeError.offloadsExhausted`.
        public static let offloads = 256
        /// Times that a loop which ends closes handles and runs what their end resumed. A task that opens another one
        /// whenever its last was taken is left behind then, parked for ever.
        static let endingRounds = 16
    }

    init(index: Int) throws(UVError) {
        self.index = index
        uv = .allocate(capacity: 1)
        super.init()
        try UVError.check(uv_loop_init(uv), "uv_loop_init")
        let me = Unmanaged.passUnretained(self).toOpaque()
        try UVError.check(
            uv_async_init(uv, wakeHandle) { handle in
                EventLoop.from(handle?.pointee.data).absorbRemote()
            }, "uv_async_init")
        uv_prepare_init(uv, prepareHandle)
        uv_check_init(uv, checkHandle)
        uv_idle_init(uv, idleHandle)
        wakeHandle.pointee.data = me
        prepareHandle.pointee.data = me
        checkHandle.pointee.data = me
        idleHandle.pointee.data = me
        uv_prepare_start(prepareHandle) { EventLoop.from($0?.pointee.data).turn() }
        uv_check_start(checkHandle) { EventLoop.from($0?.pointee.data).turn() }
    }

    static func from(_ data: UnsafeMutableRawPointer?) -> EventLoop {
        guard let data else { preconditionFailure("a libuv handle lost its loop") }
        return Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
    }

    /// The event loop of the calling thread, if it has one.
    public static var currentLoop: EventLoop? {
        LoopExecutor.current as? EventLoop
    }

    /// Nanoseconds of the monotonic clock, cached by libuv once per iteration (resolution 1 ms).
    public var now: UInt64 {
        uv_now(uv) &* 1_000_000
    }

    public override func push(_ job: UnownedJob) {
        if isCurrent {
            counters.localEnqueues &+= 1
            ring.append(job)
            return
        }
        let closed = remote.withLock { state -> Bool in
            if state.closed { return true }
            state.jobs.append(job)
            // Under the lock: once `closed` is set the handle is freed.
            if state.jobs.count == 1 { uv_async_send(wakeHandle) }
            return false
        }
        // A job for a loop that has ended runs on the caller's thread: an actor may outlive its loop for its deinit only.
        if closed { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    private func absorbRemote() {
        counters.wakeUps &+= 1
        let (jobs, stopping) = remote.withLock { state -> ([UnownedJob], Bool) in
            defer { state.jobs = [] }
            return (state.jobs, state.stopping)
        }
        counters.remoteEnqueues &+= UInt64(jobs.count)
        ring.append(contentsOf: jobs)
        if stopping { uv_stop(uv) }
    }

    /// Runs ready jobs and flushes; before the loop sleeps nothing may be left to do.
    private func turn() {
        var budget = Limits.jobsPerTurn
        let executor = asUnownedSerialExecutor()
        while true {
            while budget > 0, let job = ring.popFirst() {
                job.runSynchronously(on: executor)
                budget -= 1
            }
            if dirty.isEmpty { break }
            let flushing = dirty
            dirty.removeAll(keepingCapacity: true)
            for item in flushing { item.flush() }
            if budget == 0 { break }
        }
        if budget < Limits.jobsPerTurn { counters.turns &+= 1 }
        if ring.isEmpty && dirty.isEmpty {
            uv_idle_stop(idleHandle)
        } else {
            uv_idle_start(idleHandle) { _ in }  // an active idle handle makes the next poll return at once
        }
    }

    /// Has `item.flush()` called once at the end of this iteration. On the loop; the caller registers at most once until then.
    public func scheduleFlush(_ item: any LoopFlushable) {
        preconditionCurrent()
        dirty.append(item)
    }

    /// Runs until `requestStop`, then closes every handle that is still open. Called on the loop's own thread.
    func runUntilStopped() {
        becomeCurrent()
        uv_run(uv, UV_RUN_DEFAULT)
        // What was parked on a handle is resumed by its end and may open others, so there is more than one round.
        for round in 1...Limits.endingRounds {
            closeHandles()
            if !runLateJobs(isLast: round == Limits.endingRounds) { break }
        }
        uv_loop_close(uv)
        LoopExecutor.resignCurrent()
        for handle in [
            UnsafeMutableRawPointer(wakeHandle), UnsafeMutableRawPointer(prepareHandle),
            UnsafeMutableRawPointer(checkHandle), UnsafeMutableRawPointer(idleHandle), UnsafeMutableRawPointer(uv),
        ] {
            handle.deallocate()
        }
        readBuffer.deallocate()
    }

    private func closeHandles() {
        uv_walk(
            uv,
            { handle, data in
                guard let handle, uv_is_closing(handle) == 0 else { return }
                HandleOwner.closeAtLoopEnd(handle, of: EventLoop.from(data))
            }, Unmanaged.passUnretained(self).toOpaque())
        while uv_run(uv, UV_RUN_DEFAULT) != 0 {}
    }

    /// Runs the jobs that are ready; false when there was none, and then the loop takes no more.
    private func runLateJobs(isLast: Bool) -> Bool {
        let executor = asUnownedSerialExecutor()
        var anyRan = false
        while true {
            let late = remote.withLock { state -> [UnownedJob] in
                defer { state.jobs = [] }
                if state.jobs.isEmpty && ring.isEmpty && (!anyRan || isLast) { state.closed = true }
                return state.jobs
            }
            ring.append(contentsOf: late)
            if ring.isEmpty { break }
            while let job = ring.popFirst() { job.runSynchronously(on: executor) }
            anyRan = true
        }
        dirty = []
        return anyRan
    }

    /// Asks the loop to end after its current iteration. Callable from any thread.
    func requestStop() {
        remote.withLock { state in
            state.stopping = true
            if !state.closed { uv_async_send(wakeHandle) }
        }
    }
}

/// Something that gathers output during a loop iteration and hands it to the kernel once at its end.
public protocol LoopFlushable: AnyObject {
    /// Called on the loop, once per `scheduleFlush`.
    func flush()
}
