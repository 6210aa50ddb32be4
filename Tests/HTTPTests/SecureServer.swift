// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import TestTLS
import Testing
import UVRuntime

@testable import HTTP

/// A live server whose port speaks TLS, with a certificate of its own.
struct SecureServer: Sendable {
    let live: LiveServer
    let certificate: TestCertificate
    let identity: TLSIdentity

    /// A client that has sent its hello; it shows what was agreed.
    nonisolated(nonsending) func connect(
        _ offer: TLSTestClient.Offer = .init(), trusting authority: TestCertificate? = nil
    ) async throws -> (client: RawClient, tls: TLSTestClient) {
        let tls = try TLSTestClient(offer, trusting: authority ?? certificate)
        let client = try await RawClient.connect(
            to: live.server.address, on: live.clientLoop, cipher: ClientCipher(tls))
        return (client, tls)
    }

    /// Waits until the server holds no connection.
    nonisolated(nonsending) func untilEmpty() async throws {
        let server = live.server
        try await live.until { server.connectionCount == 0 }
    }

    static func context(_ certificate: TestCertificate) throws -> TLSServerContext {
        let directory = try TemporaryDirectory()
        let files = try certificate.write(into: directory)
        let secret = try #require(SecretKey([UInt8](repeating: 3, count: 32)))
        return try TLSServerContext(
            certificate: files.certificate, key: files.key, tickets: TLSTicketKeys(secret: secret))
    }

    /// As `LiveServer.run`.
    static func run(
        _ routes: [Route], configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (SecureServer) async throws -> Void
    ) async throws {
        let certificate = try TestCertificate("first")
        let identity = TLSIdentity(try context(certificate))
        try await LiveServer.run(
            routes,
            configure: {
                $0.tls = identity
                configure(&$0)
            }
        ) { live in
            try await body(SecureServer(live: live, certificate: certificate, identity: identity))
        }
    }
}
