// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Why a request got no answer.
enum ExchangeFailure: Error, Equatable {
    /// No connection could be made: the request was not sent.
    case notConnected
    /// The connection ended before the answer had arrived.
    case lost
    /// The answer did not come in time; the connection was closed.
    case timedOut
    /// What came was no answer.
    case unreadable(ResponseParser.Failure)

    /// As the table counts it.
    var name: String {
        switch self {
        case .notConnected: "not-connected"
        case .lost: "connection-lost"
        case .timedOut: "timeout"
        case .unreadable: "unreadable-answer"
        }
    }
}

/// An answer and the monotonic nanoseconds around it.
struct Exchange: Sendable {
    let answer: ResponseParser.Answer
    let sentAt: UInt64
    let receivedAt: UInt64
}

/// One keep-alive connection with one request in flight, opened when it is needed and again after a loss.
///
/// The request's octets go out as they are; the answer's time is taken when its last octet is read, so that what the
/// generator does afterwards is not measured.
final actor LoadConnection: LoopActor, TCPStreamHandler {
    nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let target: LoadTarget
    private let keepsBodies: Bool
    private var stream: TCPStream?
    private var parser: ResponseParser
    private var waiting: LoopContinuation<Exchange>?
    private var sentAt: UInt64 = 0

    init(to target: LoadTarget, on loop: EventLoop, keepsBodies: Bool) {
        executor = loop
        self.loop = loop
        self.target = target
        self.keepsBodies = keepsBodies
        parser = ResponseParser(keepsBodies: keepsBodies)
    }

    /// Sends a whole request and waits for its answer. One call at a time.
    func exchange(_ request: [UInt8]) async throws(ExchangeFailure) -> Exchange {
        let stream = try await connected()
        do {
            return try await withLoopContinuation { continuation in
                waiting = continuation
                sentAt = MonotonicTime.now
                stream.output.append(contentsOf: request)
                stream.scheduleFlush()
            }
        } catch {
            throw error as? ExchangeFailure ?? .lost
        }
    }

    private func connected() async throws(ExchangeFailure) -> TCPStream {
        if let stream { return stream }
        parser = ResponseParser(keepsBodies: keepsBodies)
        do {
            let stream = try await TCPStream.connect(to: target.address, on: loop)
            stream.start(self)
            self.stream = stream
            return stream
        } catch {
            throw .notConnected
        }
    }

    /// Gives up a request that was sent before `limit`.
    func expire(sentBefore limit: UInt64) {
        if waiting != nil, sentAt < limit { end(.timedOut) }
    }

    /// Closes the connection; a request that waits fails.
    func close() {
        end(.lost)
    }

    private func end(_ failure: ExchangeFailure) {
        stream?.close()
        stream = nil
        let waiting = waiting
        self.waiting = nil
        waiting?.resume(throwing: failure)
    }

    nonisolated func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        // The pointer is used during this call only, on this thread.
        nonisolated(unsafe) let bytes = bytes
        assumeIsolated { $0.received(bytes.bindMemory(to: UInt8.self)) }
    }

    private func received(_ bytes: UnsafeBufferPointer<UInt8>) {
        do {
            guard let answer = try parser.take(bytes) else { return }
            // An answer to nothing.
            guard let continuation = waiting else { return end(.lost) }
            waiting = nil
            if !answer.keepsAlive {
                stream?.close()
                stream = nil
            }
            continuation.resume(returning: Exchange(answer: answer, sentAt: sentAt, receivedAt: MonotonicTime.now))
        } catch {
            end(.unreadable(error))
        }
    }

    nonisolated func streamEnded(_ error: UVError?) {
        assumeIsolated { $0.end(.lost) }
    }

    nonisolated func streamDrained() {}
    nonisolated func streamClosed() {}
}
