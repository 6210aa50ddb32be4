// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// Stands between the generator and a server and swallows one answer that acknowledges something: the connection ends and
/// nobody says what became of the request. It lives on the test's loop.
final class LossyRelay: @unchecked Sendable {  // touched on its loop only
    private let server: SocketAddress
    private let loop: EventLoop
    private var listener: TCPListener?
    private var answersUntilLoss: Int
    private(set) var port: UInt16 = 0
    private(set) var swallowed = 0

    /// - Parameter loses: which answer 201 is swallowed, 1 for the first.
    init(to server: SocketAddress, loses: Int, on loop: EventLoop) throws {
        self.server = server
        self.loop = loop
        answersUntilLoss = loses
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) { [self] stream in
            loop.spawn { await self.open(stream) }
        }
        port = try #require(listener?.localAddress?.port)
    }

    func close() { listener?.close() }

    private func open(_ client: TCPStream) async {
        do {
            let upstream = try await TCPStream.connect(to: server, on: loop)
            let (toServer, toClient) = (Pipe(upstream), Pipe(client))
            toServer.passes = { _ in true }
            toClient.passes = { [self] bytes in passes(bytes) }
            (toServer.twin, toClient.twin) = (client, upstream)
            client.start(toServer)
            upstream.start(toClient)
        } catch {
            Issue.record(error)
            client.close()
        }
    }

    private func passes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.starts(with: "HTTP/1.1 201".utf8) else { return true }
        answersUntilLoss -= 1
        guard answersUntilLoss == 0 else { return true }
        swallowed += 1
        return false
    }
}

/// Copies what one stream receives to another, until something is not to pass.
private final class Pipe: TCPStreamHandler, @unchecked Sendable {  // touched on its loop only
    private let target: TCPStream
    /// The stream whose bytes come here.
    var twin: TCPStream?
    var passes: (UnsafeRawBufferPointer) -> Bool = { _ in true }

    init(_ target: TCPStream) { self.target = target }

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        guard passes(bytes) else { return end() }
        target.output.append(contentsOf: bytes)
        target.scheduleFlush()
    }

    func streamEnded(_ error: UVError?) { end() }
    func streamDrained() {}
    func streamClosed() { twin = nil }

    private func end() {
        target.close()
        twin?.close()
    }
}
