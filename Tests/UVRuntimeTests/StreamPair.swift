// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// Keeps what a stream tells it. Used on one loop only.
final class Ears: TCPStreamHandler, @unchecked Sendable {
    var received: [UInt8] = []
    var receivedCount = 0
    var ended = false
    var error: UVError?
    var drained = 0
    var closed = false
    var keeps = true
    var onDrain: (() -> Void)?

    /// What the cipher refused.
    var refused: StreamCipherState?

    func streamRefused(_ state: StreamCipherState) { refused = state }

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        receivedCount += bytes.count
        if keeps { received.append(contentsOf: bytes) }
    }

    func streamEnded(_ error: UVError?) {
        ended = true
        self.error = error
    }

    func streamDrained() {
        drained += 1
        onDrain?()
    }

    func streamClosed() { closed = true }
}

/// Both ends of one connection on one loop.
struct StreamPair {
    let loop: EventLoop
    let near: TCPStream
    let far: TCPStream
    let nearEars = Ears()
    let farEars = Ears()
    let listener: TCPListener

    /// - Parameter cipher: of the far end.
    nonisolated(nonsending) init(_ loop: EventLoop, cipher: (any StreamCipher)? = nil) async throws {
        self.loop = loop
        let accepted = Accepted()
        let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        listener = try TCPListener(loop: loop, address: any, refused: { Issue.record($0) }) { accepted.stream = $0 }
        near = try await TCPStream.connect(to: try #require(listener.localAddress), on: loop)
        while accepted.stream == nil { try await loop.sleep(for: .zero) }
        far = try #require(accepted.stream)
        near.start(nearEars)
        far.cipher = cipher
        far.start(farEars)
    }

    /// Used on one loop only.
    private final class Accepted: @unchecked Sendable {
        var stream: TCPStream?
    }

    nonisolated(nonsending) func until(_ condition: () -> Bool) async throws {
        while !condition() { try await loop.sleep(for: .zero) }
    }
}
