// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Synchronization
import TestTLS
import Testing

/// A client and our end of its connection, joined without a socket.
struct TLSPair {
    let client: TLSTestClient
    let server: TLSServerSession
    private let space = Space()

    private final class Space {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

        deinit { bytes.deallocate() }
    }

    init(_ context: TLSServerContext, _ client: TLSTestClient) throws {
        self.client = client
        server = try #require(TLSServerSession(context))
    }

    /// Gives the server bytes of the wire; what they said, and how it stands.
    func receive(_ wire: some Collection<UInt8>) -> (plain: [UInt8], state: TLSServerSession.State) {
        var plain: [UInt8] = []
        let state = Array(wire).withUnsafeBytes { server.receive($0, space: space.bytes) { plain += $0 } }
        return (plain, state)
    }

    /// What the server has for the wire, taken out.
    func takeOutput() -> [UInt8] {
        defer { server.output = [] }
        return server.output
    }

    /// Carries bytes both ways until neither has more; what the server received, and how it stands.
    @discardableResult
    func talk() -> (plain: [UInt8], state: TLSServerSession.State) {
        var plain: [UInt8] = []
        var state = TLSServerSession.State.open
        while true {
            let fromClient = client.takeOutput()
            if !fromClient.isEmpty {
                let received = receive(fromClient)
                plain += received.plain
                state = received.state
            }
            let fromServer = takeOutput()
            if fromClient.isEmpty, fromServer.isEmpty { return (plain, state) }
            client.receive(fromServer)
        }
    }

    /// Lets the server say something and close.
    func answer(_ text: String) -> Bool {
        let isSent = Array(text.utf8).withUnsafeBytes { server.send($0) }
        server.close()
        talk()
        return isSent
    }

    /// A context with a certificate of its own, and tickets of a deployment.
    static func context(
        _ certificate: TestCertificate, tickets: TLSTicketKeys? = nil
    ) throws -> TLSServerContext {
        let directory = try TemporaryDirectory()
        let files = try certificate.write(into: directory)
        return try TLSServerContext(
            certificate: files.certificate, key: files.key, tickets: tickets ?? Self.tickets())
    }

    static func tickets(secret: UInt8 = 7, now: (@Sendable () -> UInt64)? = nil) throws -> TLSTicketKeys {
        let key = try #require(SecretKey([UInt8](repeating: secret, count: 32)))
        return TLSTicketKeys(secret: key, now: now)
    }
}
