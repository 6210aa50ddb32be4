// SPDX-License-Identifier: Apache-2.0

import Logging
import MarketCrypto
import UVRuntime

/// TLS on one connection: the session of `MarketCrypto` as the cipher of a stream.
///
/// - Isolation: on the connection's loop.
final class TLSLayer: StreamCipher {
    private let session: TLSServerSession
    private let buffers: TLSBuffers
    private let logger: Logger
    private var isFresh = true
    private var hasFailed = false

    init(session: TLSServerSession, buffers: TLSBuffers, logger: Logger) {
        self.session = session
        self.buffers = buffers
        self.logger = logger
    }

    func open(_ wire: UnsafeRawBufferPointer, receive: (UnsafeRawBufferPointer) -> Void) -> StreamCipherState {
        // What comes behind a refusal is dropped.
        guard !hasFailed else { return .open }
        if isFresh {
            isFresh = false
            // A TLS record begins with 22. Methods begin with a letter: the client took the port for a plain one.
            if let first = wire.first, UInt8(ascii: "A")...UInt8(ascii: "Z") ~= first { return .notEncrypted }
        }
        switch session.receive(wire, space: buffers.plain, deliver: receive) {
        case .open: return .open
        case .ended: return .ended
        case .failed(let reason):
            hasFailed = true
            // Anybody can cause it at any rate: counted by the server, told only to who looks for it.
            logger.debug("a TLS connection was refused", metadata: ["reason": "\(reason)"])
            return .failed
        }
    }

    var hasOutput: Bool { !session.output.isEmpty }

    func seal(_ plain: UnsafeRawBufferPointer, isLast: Bool, send: (UnsafeRawBufferPointer) -> Void) {
        guard session.output.isEmpty else {
            // A handshake's messages or an alert have memory of their own, which goes with them.
            add(plain, isLast: isLast, send: send)
            session.output = []
            return
        }
        guard !plain.isEmpty || isLast else { return }
        session.output = buffers.take()
        add(plain, isLast: isLast, send: send)
        buffers.putBack(&session.output)
    }

    private func add(_ plain: UnsafeRawBufferPointer, isLast: Bool, send: (UnsafeRawBufferPointer) -> Void) {
        // Before the handshake's end there is nobody who could read an answer: what was to be said is left out.
        if !plain.isEmpty { _ = session.send(plain) }
        if isLast { session.close() }
        if !session.output.isEmpty { session.output.withUnsafeBytes(send) }
    }
}
