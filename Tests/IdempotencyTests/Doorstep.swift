// SPDX-License-Identifier: Apache-2.0
import Synchronization
import UVRuntime

/// Where handlers wait until the test lets them in, so that a test knows what happens before what.
///
/// - Isolation: handlers come on their loops; the test opens from outside.
final class Doorstep: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isOpen = true
        var came = 0
        var waiting: [(loop: EventLoop, continuation: LoopContinuation<Void>)] = []
    }

    /// Who came so far.
    var came: Int { state.withLock { $0.came } }

    /// Lets in whoever comes from now on; who waits goes on waiting.
    func letThrough() { state.withLock { $0.isOpen = true } }

    func shut() { state.withLock { $0.isOpen = false } }

    /// Waits while it is shut.
    func pass(_ loop: EventLoop) async throws {
        let _: Void = try await withLoopContinuation { continuation in
            let isOpen = state.withLock { state in
                state.came += 1
                if !state.isOpen { state.waiting.append((loop, continuation)) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Lets in the one who has waited longest.
    func letOneIn() {
        let first = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        if let (loop, continuation) = first { loop.spawn { continuation.resume() } }
    }

    /// Lets in whoever waits and whoever comes.
    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpen = true
            return state.waiting
        }
        for (loop, continuation) in waiting { loop.spawn { continuation.resume() } }
    }
}
