// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import bench

/// A connection against a peer that does what the request says.
struct LoadConnectionTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test func opensAgainAfterEveryKindOfEnd() async throws {
        try await Peer.with { peer, connection in
            let first = try await connection.exchange(Array("answer".utf8))
            #expect(first.answer.body == Array("ok".utf8))
            #expect(first.receivedAt >= first.sentAt)
            _ = try await connection.exchange(Array("answer".utf8))
            #expect(peer.opened == 1)
            _ = try await connection.exchange(Array("last".utf8))
            _ = try await connection.exchange(Array("answer".utf8))
            #expect(peer.opened == 2)
            await #expect(throws: ExchangeFailure.lost) { try await connection.exchange(Array("hang up".utf8)) }
            _ = try await connection.exchange(Array("answer".utf8))
            #expect(peer.opened == 3)
            await #expect(throws: ExchangeFailure.unreadable(.encoded)) {
                try await connection.exchange(Array("chunked".utf8))
            }
            _ = try await connection.exchange(Array("answer".utf8))
            #expect(peer.opened == 4)
        }
    }

    @Test func givesUpWhatIsNotAnsweredInTime() async throws {
        try await Peer.with { peer, connection in
            peer.silentRequestCame = { connection.assumeIsolated { $0.expire(sentBefore: .max) } }
            await #expect(throws: ExchangeFailure.timedOut) { try await connection.exchange(Array("silence".utf8)) }
            _ = try await connection.exchange(Array("answer".utf8))
            #expect(peer.opened == 2)
        }
    }

    @Test func saysWhenNobodyListens() async throws {
        try await Peer.with { peer, connection in
            peer.stopListening()
            await #expect(throws: ExchangeFailure.notConnected) { try await connection.exchange(Array("answer".utf8)) }
        }
    }

    /// Answers on the test's loop, as each request's only word asks.
    private final class Peer: TCPStreamHandler, @unchecked Sendable {  // touched on its loop only
        private var listener: TCPListener?
        private var stream: TCPStream?
        private(set) var opened = 0
        var silentRequestCame: () -> Void = {}

        static func with(_ body: @escaping @Sendable (Peer, LoadConnection) async throws -> Void) async throws {
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await loop.run {
                        let peer = Peer()
                        let port = try peer.listen(on: loop)
                        let target = try LoadTarget("http://127.0.0.1:\(port)")
                        let connection = LoadConnection(to: target, on: loop, keepsBodies: true)
                        try await body(peer, connection)
                        await connection.close()
                        peer.listener?.close()
                    })
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }

        private func listen(on loop: EventLoop) throws -> UInt16 {
            let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) {
                [self] stream in
                opened += 1
                self.stream = stream
                stream.start(self)
            }
            self.listener = listener
            return try #require(listener.localAddress?.port)
        }

        func stopListening() {
            listener?.close()
            listener = nil
        }

        func streamReceived(_ bytes: UnsafeRawBufferPointer) {
            switch String(decoding: bytes, as: UTF8.self) {
            case "answer": write(LoadConnectionTests.answer)
            case "last": write(LoadConnectionTests.answer.replacing("OK\r\n", with: "OK\r\nConnection: close\r\n"))
            case "chunked":
                write(LoadConnectionTests.answer.replacing("Content-Length: 2", with: "Transfer-Encoding: chunked"))
            case "silence": silentRequestCame()
            default: stream?.close()
            }
        }

        private func write(_ text: String) {
            stream?.output.append(contentsOf: text.utf8)
            stream?.scheduleFlush()
        }

        func streamEnded(_ error: UVError?) { stream?.close() }
        func streamDrained() {}
        func streamClosed() {}
    }
}
