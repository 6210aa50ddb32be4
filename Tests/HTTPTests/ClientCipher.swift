// SPDX-License-Identifier: Apache-2.0
import TestTLS
import UVRuntime

/// A test's client as the cipher of its stream, so that `RawClient` speaks TLS as it speaks TCP.
final class ClientCipher: StreamCipher {
    let client: TLSTestClient
    /// What the test wanted to say before the handshake's end.
    private var early: [UInt8] = []
    private var isLast = false
    private var output: [UInt8]

    init(_ client: TLSTestClient) {
        self.client = client
        output = client.takeOutput()
    }

    func open(_ wire: UnsafeRawBufferPointer, receive: (UnsafeRawBufferPointer) -> Void) -> StreamCipherState {
        client.receive(wire)
        if client.isEstablished, !early.isEmpty || isLast {
            client.send(early)
            early = []
            if isLast { client.close() }
        }
        output += client.takeOutput()
        if !client.received.isEmpty {
            client.received.withUnsafeBytes(receive)
            client.received = []
        }
        if client.failure != nil { return .failed }
        return client.hasEnded ? .ended : .open
    }

    var hasOutput: Bool { !output.isEmpty }

    func seal(_ plain: UnsafeRawBufferPointer, isLast: Bool, send: (UnsafeRawBufferPointer) -> Void) {
        if client.isEstablished {
            if !plain.isEmpty { client.send(Array(plain)) }
            if isLast { client.close() }
            output += client.takeOutput()
        } else {
            early += plain
            self.isLast = isLast
        }
        guard !output.isEmpty else { return }
        output.withUnsafeBytes(send)
        output = []
    }
}
