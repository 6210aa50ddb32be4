// SPDX-License-Identifier: Apache-2.0
import TestSupport
import TestTLS

/// A connection of `TLSTestClient` over a real socket; closed when nobody has it any more.
struct TLSOverSocket {
    private let tls: TLSTestClient
    private let socket: RawSocket

    init(_ tls: TLSTestClient, port: UInt16) throws {
        self.tls = tls
        socket = try RawSocket(port: port)
    }

    /// Sends a part of the hello and nothing more.
    func sendHelloPart() throws {
        try socket.send(Array(tls.takeOutput().prefix(100)))
    }

    /// The answer's head and what came with it.
    func ask(_ path: String, _ lines: String = "") throws -> String {
        try exchange { tls.isEstablished }
        tls.received = []
        tls.send(Array("GET \(path) HTTP/1.1\r\nHost: test\r\n\(lines)\r\n".utf8))
        try exchange { tls.received.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
        return String(decoding: tls.received, as: UTF8.self)
    }

    private func exchange(until isDone: () -> Bool) throws {
        try socket.send(tls.takeOutput())
        while !isDone(), tls.failure == nil, !tls.hasEnded {
            guard let bytes = try socket.receiveSome() else { return }
            tls.receive(bytes)
            try socket.send(tls.takeOutput())
        }
    }
}
