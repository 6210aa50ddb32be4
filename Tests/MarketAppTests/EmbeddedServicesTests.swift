// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import Logging
import Testing

@testable import MarketApp

@Suite(.timeLimit(.minutes(3)))
struct EmbeddedServicesTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test func runsBothServicesForOneOwnerAndLetsOthersUseThem() async throws {
        try await withConfiguration { configuration in
            let owner = try await EmbeddedServices.start(configuration, logger: logger)
            #expect(owner.databaseURL.hasPrefix("postgresql:///mve?host="))
            #expect(FileManager.default.fileExists(atPath: owner.redisURL))

            let refused = await #expect(throws: LocalServiceError.self) {
                try await EmbeddedServices.start(configuration, logger: logger)
            }
            #expect(refused?.code == .inUse)
            #expect(refused?.message.contains("\(getpid())") == true)

            let guest = try await EmbeddedServices.start(configuration, ownership: .shared, logger: logger)
            #expect(guest.databaseURL == owner.databaseURL)
            #expect(guest.redisURL == owner.redisURL)
            await guest.stop()
            #expect(FileManager.default.fileExists(atPath: owner.redisURL), "a guest stops nothing")

            await owner.stop()
            #expect(!FileManager.default.fileExists(atPath: owner.redisURL))
        }
    }

    @Test func startsAgainInTheSamePlace() async throws {
        try await withConfiguration { configuration in
            for _ in 0..<2 {
                let services = try await EmbeddedServices.start(configuration, logger: logger)
                await services.stop()
            }
        }
    }

    @Test func startsNothingWhenBothAddressesAreGiven() async throws {
        try await withConfiguration(["DATABASE_URL": "postgresql://db/mve", "REDIS_URL": "redis://cache"]) {
            let services = try await EmbeddedServices.start($0, logger: logger)
            #expect(services.databaseURL == "postgresql://db/mve")
            #expect(services.redisURL == "redis://cache")
            #expect(!FileManager.default.fileExists(atPath: $0.dataDirectory))
            await services.stop()
        }
    }

    @Test func reportsAServiceThatEndsByItself() async throws {
        try await withConfiguration { configuration in
            let services = try await EmbeddedServices.start(configuration, logger: logger)
            async let failure = services.firstFailure()
            let socket = services.redisURL
            let cli = try #require(ServiceCommand.find("redis-cli"))
            let shutdown = ServiceCommand(
                name: "redis-cli", executable: cli, arguments: ["-s", socket, "shutdown", "nosave"], user: .current(),
                workingDirectory: "/")
            _ = try await shutdown.run()
            let error = try #require(await failure)
            #expect(error.service == "redis")
            #expect(error.code == .endedUnexpectedly)
            #expect(!error.log.isEmpty)
            await services.stop()
        }
    }

    @Test func aSandboxIsFoundByItsFilesAsLongAsItRuns() async throws {
        try await withConfiguration(["DATABASE_URL": "postgresql://db/mve", "REDIS_URL": "redis://cache"]) {
            let files = SandboxFiles(below: $0.dataDirectory)
            #expect(try files.read() == nil)
            let services = try await EmbeddedServices.start($0, logger: logger)
            let started = try await services.startSandbox(webhookURL: "http://127.0.0.1:9/webhook/")
            let (left, mode) = (try files.read(), Self.mode(of: files.settingsPath))
            let address = try? String(contentsOfFile: files.addressPath, encoding: .utf8)
            await services.stop()
            #expect(left?.baseURL == started.baseURL && address == started.baseURL + "\n")
            #expect(left?.keyID == started.keyID && left?.keySecret == started.keySecret)
            #expect(left?.webhookSecrets == started.webhookSecrets)
            #expect(mode == 0o600)
            #expect(Self.mode(of: files.settingsPath) == nil && Self.mode(of: files.addressPath) == nil)
        }
    }

    @Test func aFileThatDoesNotSayEverythingIsNoProvider() async throws {
        try await withConfiguration {
            let files = SandboxFiles(below: $0.dataDirectory)
            try FileManager.default.createDirectory(atPath: $0.dataDirectory, withIntermediateDirectories: true)
            try "RAZORPAY_KEY_ID=rzp_test_Half\n".write(toFile: files.settingsPath, atomically: true, encoding: .utf8)
            let error = #expect(throws: ConfigurationError.self) { try files.read() }
            #expect(error?.problems.first?.key == files.settingsPath)
        }
    }

    /// The permissions of a file; nil where there is none.
    private static func mode(of path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & 0o777 : nil
    }

    private func withConfiguration(
        _ environment: [String: String] = [:], _ body: (AppConfiguration) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "mve-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer {
            #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) }
        }
        try await body(
            AppConfiguration.load(ConfigurationSources(environment: environment, workingDirectory: directory)))
    }
}
