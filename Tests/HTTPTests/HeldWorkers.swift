// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
import UVRuntime

/// All worker threads of libuv, kept from working: the disk of a test that hangs.
final class HeldWorkers: Sendable {
    /// libuv's own number, unless UV_THREADPOOL_SIZE says otherwise.
    private static let count = 4
    private let readEnd: Int32
    private let writeEnd: Int32
    private let held = Atomic(0)

    private init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "no pipe")
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit { close(readEnd) }

    /// Comes back when every thread waits.
    nonisolated(nonsending) static func hold(_ live: LiveServer) async throws -> HeldWorkers {
        let workers = HeldWorkers()
        let loop = live.clientLoop
        for _ in 0..<count {
            loop.spawn {
                do {
                    try await loop.offload { workers.wait() }
                } catch {
                    preconditionFailure("no worker: \(error)")
                }
            }
        }
        try await live.until { workers.held.load(ordering: .acquiring) == count }
        return workers
    }

    private func wait() {
        held.add(1, ordering: .releasing)
        var octet: UInt8 = 0
        // Nothing is ever written: the end comes when the other end is closed.
        while read(readEnd, &octet, 1) < 0, errno == EINTR {}
    }

    func release() { close(writeEnd) }
}
