// SPDX-License-Identifier: Apache-2.0
internal import CUV

extension EventLoop {
    /// Runs a blocking function on libuv's worker threads (four, or `UV_THREADPOOL_SIZE`) and returns its result.
    ///
    /// - Throws: what `body` throws; `RuntimeError.offloadsExhausted` when `Limits.offloads` calls wait already.
    /// - Isolation: call it on the loop; `body` runs elsewhere.
    /// - Cancellation: has no effect once queued; the result is waited for.
    public nonisolated(nonsending) func offload<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        preconditionCurrent()
        // Decided inside the continuation: a task without isolation may be suspended on its way into it.
        return try await withLoopContinuation { (continuation: LoopContinuation<Value>) in
            guard offloadsInFlight < Limits.offloads else {
                continuation.resume(throwing: RuntimeError.offloadsExhausted)
                return
            }
            offloadsInFlight += 1
            let work = OffloadedWork(loop: self) {
                let result = Result { try body() }
                return { continuation.resume(with: result) }
            }
            work.start()
        }
    }
}

/// One queued blocking call; `perform` runs on a worker and returns what to do back on the loop.
// @unchecked: `finish` is written by the worker before libuv's after-work callback reads it on the loop.
private final class OffloadedWork: @unchecked Sendable {
    private let loop: EventLoop
    private let perform: () -> () -> Void
    private var finish: (() -> Void)?
    private let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)

    init(loop: EventLoop, perform: @escaping () -> () -> Void) {
        self.loop = loop
        self.perform = perform
    }

    func start() {
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        uv_queue_work(
            loop.uv, request,
            { request in
                guard let data = request?.pointee.data else { return }
                let work = Unmanaged<OffloadedWork>.fromOpaque(data).takeUnretainedValue()
                work.finish = work.perform()
            },
            { request, _ in
                guard let data = request?.pointee.data else { return }
                let work = Unmanaged<OffloadedWork>.fromOpaque(data).takeRetainedValue()
                work.request.deallocate()
                work.loop.offloadsInFlight -= 1
                work.finish?()
            })
    }
}
