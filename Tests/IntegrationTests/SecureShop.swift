// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import TestTLS
import Testing

/// A real server that speaks TLS by itself, and the programs that people have as its clients.
struct SecureShop: Sendable {
    let server: ServerProcess
    let files: TemporaryDirectory
    let certificatePath: String
    let keyPath: String

    static func with(_ body: @Sendable (SecureShop) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: 10))
            let files = try TemporaryDirectory()
            let (certificate, key) = try TestCertificate("first").write(into: files)
            let settings = ServerProcess.Settings(
                databaseURL: database.url,
                environment: ["TLS_CERTIFICATE": certificate, "TLS_KEY": key])
            try await ServerProcess.with(settings) { server in
                try await body(
                    SecureShop(server: server, files: files, certificatePath: certificate, keyPath: key))
            }
        }
    }

    /// `127.0.0.1:PORT`
    var address: String { String(server.url.trimmingPrefix("https://")) }

    /// Asks with curl, which checks the certificate against the file as it is now.
    func curl(_ path: String, _ options: [String] = []) async throws -> MarketCommand {
        try await MarketCommand.run(
            program: "/usr/bin/curl",
            ["-sS", "--max-time", "60", "--cacert", certificatePath] + options + [server.url + path])
    }

    /// A handshake with `openssl s_client`, and what it says about it.
    func handshake(_ options: [String]) async throws -> String {
        let run = try await MarketCommand.run(
            program: "/usr/bin/openssl", ["s_client", "-connect", address, "-CAfile", certificatePath] + options)
        return run.output + run.complaints
    }

    /// The server's process.
    func process() throws -> OtherProcess {
        let here = server.workingDirectory
        let found = OtherProcess.find(program: "mve") { $0.workingDirectory == here }
        return try #require(found)
    }

    /// Puts other files in place of the certificate and the key.
    func replace(with certificate: TestCertificate) throws {
        _ = try certificate.write(into: files)
    }
}
