// SPDX-License-Identifier: Apache-2.0
public import UVRuntime

/// A client of server-sent events over a plain connection, with a parser of its own for chunks and events.
///
/// ```swift
/// let source = try await EventSource.open("http://127.0.0.1:8000", "/api/notifications/stream/", token: token, on: loop)
/// let event = try await source.next()
/// ```
/// - Isolation: on the loop that it was opened on.
public final actor EventSource: LoopActor, TCPStreamHandler {
    /// One event.
    public struct Event: Sendable, Equatable {
        /// The id that a client comes back with.
        public var id: String?
        /// `message` where none is given.
        public var name = "message"
        /// The data, lines joined.
        public var data = ""
        /// Whether it is a comment alone: a heartbeat.
        public var isComment = false
    }

    /// The server answered something else, or nothing for a minute, or the stream ended.
    public struct Failure: Error, CustomStringConvertible {
        /// What it was.
        public let description: String
    }

    private static let patience = Duration.seconds(60)

    public nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let stream: TCPStream
    private var received: [UInt8] = []
    private var body: [UInt8] = []
    private var hasEnded = false
    private var hasLastChunk = false
    private var waiter: LoopContinuation<Void>?
    /// The status line and the fields, once they are there.
    public private(set) var head = ""

    private init(_ loop: EventLoop, _ stream: TCPStream) {
        executor = loop
        self.loop = loop
        self.stream = stream
    }

    /// Asks for a stream; returns once the head of the answer is there.
    ///
    /// - Parameters:
    ///   - url: the server, as `http://127.0.0.1:PORT`.
    ///   - last: the id of the last event that was heard.
    public nonisolated(nonsending) static func open(
        _ url: String, _ path: String, token: String? = nil, last: String? = nil, language: String? = nil,
        on loop: EventLoop
    ) async throws -> EventSource {
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }),
            let address = SocketAddress(host: "127.0.0.1", port: port)
        else { throw Failure(description: "\(url) is no address of ours") }
        let source = EventSource(loop, try await TCPStream.connect(to: address, on: loop))
        var request = "GET \(path) HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n"
        if let token { request += "Authorization: Bearer \(token)\r\n" }
        if let last { request += "Last-Event-ID: \(last)\r\n" }
        if let language { request += "Accept-Language: \(language)\r\n" }
        try await source.begin(request + "\r\n")
        return source
    }

    private func begin(_ request: String) async throws {
        stream.start(self)
        stream.output += Array(request.utf8)
        stream.scheduleFlush()
        while true {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                received.removeFirst(end.upperBound)
                return
            }
            try await more()
        }
    }

    /// The status.
    public var status: Int { head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

    public nonisolated func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        let bytes = Array(bytes)
        assumeIsolated {
            $0.received += bytes
            $0.wake()
        }
    }

    public nonisolated func streamEnded(_ error: UVError?) {
        assumeIsolated {
            $0.hasEnded = true
            $0.wake()
        }
    }

    public nonisolated func streamDrained() {}
    public nonisolated func streamClosed() {}

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func more() async throws {
        guard !hasEnded else { throw Failure(description: "the stream has ended: \(head)") }
        try await withLoopContinuation { continuation in
            waiter = continuation
            _ = loop.schedule(after: Self.patience) { [weak self] in
                self?.assumeIsolated { source in
                    source.waiter?.resume(throwing: Failure(description: "nothing came for a minute"))
                    source.waiter = nil
                }
            }
        }
    }

    /// The next event, a comment among them; nil once the stream has ended in good order.
    public func next() async throws -> Event? {
        while true {
            takeChunks()
            if let event = takeEvent() { return event }
            if hasLastChunk { return nil }
            try await more()
        }
    }

    /// The next event of a name; others are passed by.
    public func next(_ name: String) async throws -> Event? {
        while let event = try await next() {
            if !event.isComment, event.name == name { return event }
        }
        return nil
    }

    /// Leaves.
    public func close() {
        stream.close()
    }

    /// Takes nothing from the kernel any more.
    public func stopReading() {
        stream.stopReading()
    }

    private func takeChunks() {
        while !hasLastChunk, let line = received.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: received[..<line.lowerBound], as: UTF8.self), radix: 16),
            received.count >= line.upperBound + size + 2
        {
            body += received[line.upperBound..<(line.upperBound + size)]
            received.removeFirst(line.upperBound + size + 2)
            if size == 0 { hasLastChunk = true }
        }
    }

    private func takeEvent() -> Event? {
        while let end = body.firstRange(of: Array("\n\n".utf8)) {
            let block = String(decoding: body[..<end.lowerBound], as: UTF8.self)
            body.removeFirst(end.upperBound)
            var event = Event()
            var lines: [Substring] = []
            for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { lines.append(line.dropFirst(6)) }
                if line.hasPrefix(":") { event.isComment = true }
            }
            event.data = lines.joined(separator: "\n")
            // What only sets the time between attempts is no event.
            if !lines.isEmpty || event.isComment { return event }
        }
        return nil
    }
}
