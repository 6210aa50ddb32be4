// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import Testing
import UVRuntime

/// What the server does with one whole request.
enum Reaction: Sendable {
    case answer(String)
    /// Answers and closes the connection.
    case last(String)
    /// Closes without a byte.
    case hangUp
    /// Never answers.
    case silence

    static func ok(_ body: String, headers: String = "") -> Reaction {
        .answer("HTTP/1.1 200 OK\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}

/// A server whose answers a test writes byte by byte; it lives on the test's loop.
final class ScriptedServer: @unchecked Sendable {  // touched on its loop only
    private(set) var requests: [String] = []
    private(set) var connectionCount = 0
    private(set) var port: UInt16 = 0
    private var listener: TCPListener?
    private let react: @Sendable (Int, String) -> Reaction

    /// - Parameter react: gets the request's number, counted from 0, and its text.
    init(loop: EventLoop, react: @escaping @Sendable (Int, String) -> Reaction) throws {
        self.react = react
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) {
            [unowned self] stream in
            connectionCount += 1
            stream.start(Connection(stream: stream, server: self))
        }
        port = try #require(listener?.localAddress?.port)
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func close() { listener?.close() }

    fileprivate func received(_ request: String) -> Reaction {
        requests.append(request)
        return react(requests.count - 1, request)
    }
}

private final class Connection: TCPStreamHandler, @unchecked Sendable {  // touched on its loop only
    private let stream: TCPStream
    private let server: ScriptedServer
    private var bytes: [UInt8] = []

    init(stream: TCPStream, server: ScriptedServer) {
        self.stream = stream
        self.server = server
    }

    func streamReceived(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return }
        let length = text.firstRange(of: "Content-Length: ").flatMap {
            Int(text[$0.upperBound...].prefix { $0.isNumber })
        }
        guard text[end.upperBound...].utf8.count >= length ?? 0 else { return }
        bytes = []
        switch server.received(text) {
        case .answer(let answer): write(answer)
        case .last(let answer):
            write(answer)
            stream.shutdownWriting()
        case .hangUp: stream.close()
        case .silence: break
        }
    }

    private func write(_ answer: String) {
        stream.output.append(contentsOf: answer.utf8)
        stream.scheduleFlush()
    }

    func streamEnded(_ error: UVError?) { stream.close() }
    func streamDrained() {}
    func streamClosed() {}
}

/// Runs `body` on a loop with a scripted server and a client.
func withServer(
    configure: @escaping @Sendable (inout HTTPClientConfiguration) -> Void = { _ in },
    react: @escaping @Sendable (Int, String) -> Reaction = { _, _ in .ok("hello") },
    _ body: @escaping @Sendable (HTTPClient, ScriptedServer) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let result: Result<Void, any Error>
    do {
        try await loop.run {
            let server = try ScriptedServer(loop: loop, react: react)
            var configuration = HTTPClientConfiguration()
            configure(&configuration)
            let client = HTTPClient(loop: loop, configuration: configuration)
            do {
                try await body(client, server)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
            server.close()
        }
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await group.shutdown()
    try result.get()
}

/// The error that `body` must throw.
func clientError(_ body: () async throws -> Void) async throws -> HTTPClientError {
    try #require(await #expect(throws: HTTPClientError.self) { try await body() })
}
