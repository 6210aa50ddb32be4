// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Notifications
import Postgres
import TestSupport
import Testing
import UVRuntime

/// The mail job over a real database, with a mail server or a folder to send to.
struct MailFixture: Sendable {
    let pool: PostgresPool
    let server: MailServer
    let folder: String
    let tokens: MailTokens
    /// Sends over the server, or into the folder.
    let toServer: JobRunner
    let toFolder: JobRunner

    static let asha = UserID(rawValue: 7)

    private init(_ loop: EventLoop, _ pool: PostgresPool, _ folder: String) throws {
        self.pool = pool
        self.folder = folder
        server = try MailServer(loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 5, count: 32)))
        let tokens = MailTokens(secrets: [secret])
        self.tokens = tokens
        func runner(_ transport: MailConfiguration.Transport) -> JobRunner {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let mail = SendMail(
                loop: loop,
                configuration: MailConfiguration(
                    transport: transport, from: "shop@mve.test", shopName: "MVE", shopURL: "https://shop.example"),
                tokens: tokens, logger: logger
            ) { $0 == Self.asha ? ("Asha Rao", "asha@example.org", "hi-IN") : nil }
            return JobRunner(
                executor: loop, store: JobStore(postgres: pool),
                handlers: [MailQueue.kind: { try await mail.send($0) }], batch: SendMail.batch, forgetsPayloads: true,
                logger: logger)
        }
        toServer = runner(.smtp(url: server.url, login: nil))
        toFolder = runner(.folder(folder))
    }

    /// `state attempts` of each job.
    func states() async throws -> [String] {
        try await pool.query("select state || ' ' || attempts from platform.jobs order by created_at, key")
            .map { try $0.string(0) }
    }

    /// Pauses are over at once.
    func wait() async throws {
        try await pool.execute("update platform.jobs set run_at = now() where state = 'ready'")
    }

    func enqueue(_ mail: Mail) async throws {
        try await pool.withTransaction { try await MailQueue.enqueue(mail, in: $0) }
    }

    /// The mails in the folder.
    func written() -> [String] {
        MailFolder(folder).files().compactMap { MailFolder(folder).read($0) }
    }

    static func with(_ body: @escaping @Sendable (MailFixture) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/mve-mail-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    let outcome: Result<Void, any Error>
                    do {
                        let fixture = try MailFixture(loop, pool, folder)
                        try await body(fixture)
                        fixture.server.close()
                        outcome = .success(())
                    } catch {
                        outcome = .failure(error)
                    }
                    await pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}
