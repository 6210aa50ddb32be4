// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The signals that ask a program to end, watched from `watch` on.
///
/// Watch them before saying that the program is ready: who reads that may send one at once, and a signal that nobody
/// watches ends the process where it stands. The first is kept until it is asked for; a second ends the process at once
/// with status 128 + its number, as a shell reports it.
public struct EndSignals: Sendable {
    private let stream: AsyncStream<Int32>

    /// Watches SIGTERM and SIGINT until the loop ends, which closes its watchers.
    public static func watch(on loop: EventLoop) async throws -> EndSignals {
        let (stream, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(1))
        try await loop.run {
            var count = 0
            for signal in [SIGTERM, SIGINT] {
                _ = try SignalWatcher(loop: loop, signal: signal) { number in
                    count += 1
                    guard count == 1 else { _exit(128 + number) }
                    // Who waits for it ends the loops, and so must not come to run on one.
                    LoopExecutor.outside { _ = continuation.yield(number) }
                }
            }
        }
        return EndSignals(stream: stream)
    }

    /// Waits for the first one and gives its number; nil when the caller is cancelled before. For one caller.
    public func first() async -> Int32? {
        var signals = stream.makeAsyncIterator()
        return await signals.next(isolation: nil)
    }
}
