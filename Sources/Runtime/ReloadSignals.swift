// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// SIGHUP, by which a program is asked to read again what may change while it runs.
///
/// Watch it before saying that the program is ready: unwatched, it ends the process.
public struct ReloadSignals: Sendable {
    private let stream: AsyncStream<Void>

    /// Watches until the loop ends. Signals that come while one is acted on count as one.
    public static func watch(on loop: EventLoop) async throws -> ReloadSignals {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await loop.run {
            _ = try SignalWatcher(loop: loop, signal: SIGHUP) { _ in
                // Whoever acts on it reads files: that is not for a loop.
                LoopExecutor.outside { _ = continuation.yield() }
            }
        }
        return ReloadSignals(stream: stream)
    }

    /// Calls `act` for each, one after the other, until the caller is cancelled. For one caller.
    public func forEach(_ act: () async -> Void) async {
        var signals = stream.makeAsyncIterator()
        while await signals.next(isolation: nil) != nil { await act() }
    }
}
