// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// A connection that was refused at its accept: takes the refusal, and what it sends is dropped for a short time.
///
/// Closed at once, the refusal would be destroyed by the reset that unread octets cause, and a client that has sent its
/// request already would see a broken connection instead of 503.
// @unchecked: confined to its loop's thread, as the stream that calls it.
final class Farewell: TCPStreamHandler, @unchecked Sendable {
    /// Refused connections of one loop that may linger; the next ones are closed at once. They stand outside the bounds on
    /// connections, so there must be few of them.
    static let countMax = 256
    /// Octets dropped before it is closed: a request with a short body.
    private static let droppedMax = 64 * 1024

    private let stream: TCPStream
    private let ended: () -> Void
    private var timer: (any ScheduledTimer)?
    private var droppedCount = 0

    /// Sends what stands in `stream.output` and ends the connection; `ended` is called once it is closed.
    init(_ stream: TCPStream, lingering time: Duration, ended: @escaping () -> Void) {
        self.stream = stream
        self.ended = ended
        timer = stream.loop.schedule(after: time) { [weak stream] in stream?.close() }
        stream.start(self)
        stream.shutdownWriting()
    }

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        droppedCount += bytes.count
        if droppedCount > Self.droppedMax { stream.close() }
    }

    func streamEnded(_ error: UVError?) { stream.close() }

    func streamDrained() {}

    func streamClosed() {
        timer?.cancel()
        timer = nil
        ended()
    }
}
