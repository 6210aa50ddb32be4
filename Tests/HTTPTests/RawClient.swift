// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// One answer as it came over the wire.
struct RawAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let fields: [(name: String, value: String)]
    let octets: [UInt8]
    var body: String { String(decoding: octets, as: UTF8.self) }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    func count(_ name: String) -> Int { fields.filter { $0.name == name }.count }
}

/// A TCP client that sends exactly what a test says, whole or in pieces, and takes answers apart with code of its own.
final actor RawClient: LoopActor, TCPStreamHandler {
    struct Gone: Error {}
    /// Nothing came for `patience`: the test fails instead of hanging.
    struct Silence: Error {}

    /// Far above every limit that the tests set.
    private static let patience = Duration.seconds(60)

    nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let stream: TCPStream
    private var received: [UInt8] = []
    private(set) var hasEnded = false
    /// The connection broke instead of ending.
    private(set) var error: UVError?
    private var waiter: LoopContinuation<Void>?

    private init(loop: EventLoop, stream: TCPStream) {
        executor = loop
        self.loop = loop
        self.stream = stream
    }

    /// Connects from a task on `loop`.
    nonisolated(nonsending) static func connect(
        to address: SocketAddress, on loop: EventLoop, cipher: (any StreamCipher)? = nil
    ) async throws -> RawClient {
        let stream = try await TCPStream.connect(to: address, on: loop)
        let client = RawClient(loop: loop, stream: stream)
        stream.cipher = cipher
        stream.start(client)
        // The client of a cipher speaks first.
        if cipher != nil { stream.scheduleFlush() }
        return client
    }

    nonisolated func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        let bytes = Array(bytes)
        assumeIsolated {
            $0.received += bytes
            $0.wake()
        }
    }

    nonisolated func streamEnded(_ error: UVError?) {
        assumeIsolated {
            $0.hasEnded = true
            $0.error = error
            $0.wake()
        }
    }

    nonisolated func streamDrained() {}
    nonisolated func streamClosed() {}

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func more() async throws {
        guard !hasEnded else { throw Gone() }
        try await withLoopContinuation { continuation in
            waiter = continuation
            _ = loop.schedule(after: Self.patience) { [weak self] in
                self?.assumeIsolated { client in
                    guard client.waiter != nil else { return }
                    client.waiter?.resume(throwing: Silence())
                    client.waiter = nil
                }
            }
        }
    }

    // MARK: Sending

    func send(_ text: String) {
        stream.output.append(contentsOf: text.utf8)
        stream.scheduleFlush()
    }

    func send(_ octets: [UInt8]) {
        stream.output.append(contentsOf: octets)
        stream.scheduleFlush()
    }

    /// Sends every octet by itself, each in an iteration of the loop of its own.
    func trickle(_ text: String) async throws {
        for octet in text.utf8 {
            stream.output.append(octet)
            stream.flush()
            try await loop.sleep(for: .zero)
        }
    }

    /// Ends the write side.
    func finish() { stream.shutdownWriting() }

    func close() { stream.close() }

    /// Octets that the server's side has not taken.
    var pendingBytes: Int { stream.pendingBytes }

    /// Sends octets as they are, past the cipher.
    func sendRaw(_ octets: some Sequence<UInt8>) {
        let cipher = stream.cipher
        stream.cipher = nil
        stream.output.append(contentsOf: octets)
        stream.flush()
        stream.cipher = cipher
    }

    /// Ends the write side without a word of the cipher's.
    func finishRaw() {
        stream.cipher = nil
        stream.shutdownWriting()
    }

    /// Sends what the cipher has to say.
    func flush() { stream.scheduleFlush() }

    func stopReading() { stream.stopReading() }

    func startReading() { stream.startReading() }

    // MARK: Answers

    /// The next answer; `isHead` for one without its body.
    func answer(isHead: Bool = false) async throws -> RawAnswer {
        while true {
            if let answer = take(isHead: isHead) { return answer }
            try await more()
        }
    }

    /// What `request` is answered with.
    func ask(_ request: String, isHead: Bool = false) async throws -> RawAnswer {
        send(request)
        return try await answer(isHead: isHead)
    }

    /// Whether a whole answer has come that was not taken yet.
    var hasAnswer: Bool { received.firstRange(of: Array("\r\n\r\n".utf8)) != nil }

    /// What `request` is answered with.
    func ask(_ request: [UInt8]) async throws -> RawAnswer {
        send(request)
        return try await answer()
    }

    /// Everything that comes until the server ends the connection.
    func untilEnd() async throws -> String {
        while !hasEnded { try await more() }
        return String(decoding: received, as: UTF8.self)
    }

    private func take(isHead: Bool) -> RawAnswer? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let fields = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let status = lines.first.map { Int($0.dropFirst(9).prefix(3)) ?? 0 } ?? 0
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        let bodyEnd = end.upperBound + (isHead ? 0 : length)
        guard received.count >= bodyEnd else { return nil }
        let body = Array(received[end.upperBound..<bodyEnd])
        received.removeSubrange(..<bodyEnd)
        return RawAnswer(status: status, fields: fields, octets: body)
    }
}
