// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCrypto
import TestSupport
import TestTLS
import Testing

/// TLS of the real server, with the clients that people use.
@Suite(.timeLimit(.minutes(10)), .serialized) struct TLSTests {
    @Test func curlIsAnsweredUnderACheckedCertificate() async throws {
        try await SecureShop.with { shop in
            let answer = try await shop.curl(
                "/api/health/", ["-w", " %{http_version} %{ssl_verify_result}", "--http2"])
            #expect(answer.status == 0, "\(answer.complaints)")
            #expect(answer.output.hasSuffix(" 1.1 0"), "\(answer.output)")
            let keptAlive = try await shop.curl("/api/health/", [shop.server.url + "/api/products/list/", "-v"])
            #expect(keptAlive.complaints.contains("Re-using existing connection"))
            let unchecked = try await MarketCommand.run(
                program: "/usr/bin/curl", ["-sS", "--max-time", "60", shop.server.url + "/api/health/"])
            #expect(unchecked.status == 60, "the certificate is nobody's whom curl knows")
            // Plain HTTP on the same port is told so.
            let plain = try await MarketCommand.run(
                program: "/usr/bin/curl", ["-sS", "--max-time", "60", "http://" + shop.address + "/api/health/"])
            #expect(plain.output.contains("This port speaks TLS"))
        }
    }

    @Test func opensslAgreesToWhatIsDeclaredOnly() async throws {
        try await SecureShop.with { shop in
            for (option, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
                let said = try await shop.handshake([option, "-alpn", "h2,http/1.1"])
                #expect(said.contains("New, \(version), Cipher is"), "\(said)")
                #expect(said.contains("ALPN protocol: http/1.1"))
                #expect(said.contains("Verify return code: 0 (ok)"))
                #expect(said.contains("Server Temp Key: X25519"))
                #expect(said.contains("Compression: NONE"))
            }
            let lowered = "DEFAULT:@SECLEVEL=0"
            for option in ["-tls1", "-tls1_1"] {
                let said = try await shop.handshake([option, "-cipher", lowered])
                #expect(said.contains("Cipher is (NONE)"), "\(said)")
                #expect(said.contains("alert protocol version"))
            }
            let other = try await shop.handshake(["-alpn", "h2"])
            #expect(other.contains("no application protocol"))
            for cipher in ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"] {
                let said = try await shop.handshake(["-tls1_2", "-cipher", cipher])
                #expect(said.contains("Cipher is (NONE)"), "\(cipher)")
            }
        }
    }

    @Test func sighupTakesOverACertificateAndEndsNoConnection() async throws {
        try await SecureShop.with { shop in
            let tls = try TLSTestClient()
            let port = try #require(UInt16(shop.address.split(separator: ":").last ?? ""))
            let open = try TLSOverSocket(tls, port: port)
            #expect(try open.ask("/api/health/").hasPrefix("HTTP/1.1 200 "))
            #expect(tls.serverName == "first")

            try shop.replace(with: TestCertificate("second"))
            let process = try shop.process()
            process.hangUp()
            await shop.server.untilLogged("new connections use the certificate")
            #expect(try await shop.curl("/api/health/").status == 0, "curl trusts the second one")
            #expect(try await shop.handshake([]).contains("CN = second"))
            #expect(try open.ask("/api/health/").hasPrefix("HTTP/1.1 200 "))

            // A key of another certificate changes nothing.
            _ = try shop.files.write("key.pem", try TestCertificate("third").keyPEM)
            process.hangUp()
            await shop.server.untilLogged("does not belong to the first certificate")
            #expect(try await shop.handshake([]).contains("CN = second"))
            #expect(try open.ask("/api/health/").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func sighupTakesOverTheWebhookSecretsOfTheEnvironmentFile() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: 10))
            // In place of the harness's own, which would win over the file.
            let settings = ServerProcess.Settings(
                databaseURL: database.url, environment: ["RAZORPAY_WEBHOOK_SECRETS": ""],
                environmentFile: "RAZORPAY_WEBHOOK_SECRETS=whsec-of-yesterday-01\n")
            try await ServerProcess.with(settings) { server in
                let here = server.workingDirectory
                let process = try #require(OtherProcess.find(program: "mve") { $0.workingDirectory == here })
                let event = #"{"entity":"event","event":"payment.captured","contains":[],"payload":{},"created_at":1}"#
                func status(signedWith secret: String) async throws -> Int {
                    let code = HMACSHA256.code(Array(event.utf8), key: Array(secret.utf8)).hex
                    return try await server.client.post(
                        "/api/payments/webhook/", event,
                        headers: [("X-Razorpay-Signature", code), ("X-Razorpay-Event-Id", "evt_\(code.prefix(14))")]
                    ).status
                }
                let (old, new) = ("whsec-of-yesterday-01", "whsec-of-tomorrow-001")
                let before = [try await status(signedWith: old), try await status(signedWith: new)]
                #expect(before[0] != 401 && before[0] < 500)
                #expect(before[1] == 401 || before[1] == 400)
                try Data("RAZORPAY_WEBHOOK_SECRETS=\(old),\(new)\n".utf8).write(
                    to: URL(fileURLWithPath: here + "/.env"))
                process.hangUp()
                await server.untilLogged("webhooks are checked with the secrets")
                let both = [try await status(signedWith: old), try await status(signedWith: new)]
                #expect(both == [before[0], before[0]])
                // One that cannot be right changes nothing.
                try Data("RAZORPAY_WEBHOOK_SECRETS=short\n".utf8).write(to: URL(fileURLWithPath: here + "/.env"))
                process.hangUp()
                await server.untilLogged("SIGHUP changed nothing")
                #expect(try await status(signedWith: new) == before[0])
            }
        }
    }

    @Test func filesThatCannotServeStopTheStart() async throws {
        let files = try TemporaryDirectory()
        let (certificate, key) = try TestCertificate().write(into: files)
        let foreign = try files.write("foreign.pem", try TestCertificate().keyPEM)
        for (environment, words) in [
            (["TLS_CERTIFICATE": certificate], "TLS_KEY: must be set when TLS_CERTIFICATE is"),
            (["TLS_KEY": key], "TLS_CERTIFICATE: must be set when TLS_KEY is"),
            (["TLS_CERTIFICATE": files.path + "/none.pem", "TLS_KEY": key], "none.pem cannot be read: No such file"),
            (["TLS_CERTIFICATE": certificate, "TLS_KEY": foreign], "does not belong to the first certificate"),
            (["TLS_CERTIFICATE": certificate, "TLS_KEY": certificate], "holds no private key"),
        ] as [([String: String], String)] {
            let run = try await MarketCommand.run(["serve", "--port", "0"], environment: environment)
            #expect(run.status == 2)
            #expect((run.output + run.complaints).contains(words), "\(run.output)\(run.complaints)")
        }
    }

    /// Two thousand clients, of which some vanish in the middle: what they took is given back.
    @Test func clientsThatComeAndGoLeaveNothingBehind() async throws {
        try await SecureShop.with { shop in
            let process = try shop.process()
            let port = try #require(UInt16(shop.address.split(separator: ":").last ?? ""))
            func visit(_ count: Int) throws {
                for number in 0..<count {
                    let open = try TLSOverSocket(try TLSTestClient(), port: port)
                    switch number % 4 {
                    case 0: try open.sendHelloPart()
                    case 1: _ = try open.ask("/api/health/")
                    default:
                        let answer = try open.ask("/api/health/", "Connection: close\r\n")
                        #expect(answer.hasPrefix("HTTP/1.1 200 "))
                    }
                }
            }
            // The first ones fill what is kept for use again.
            try visit(500)
            _ = try await shop.curl("/api/health/")
            let before = (files: process.openFiles, memory: process.residentKiB)
            try visit(1_500)
            // A later request is read behind the ends of the earlier ones.
            _ = try await shop.curl("/api/health/")
            #expect(process.openFiles <= before.files + 8)
            #expect(process.residentKiB <= before.memory + 8 * 1024)
        }
    }
}
