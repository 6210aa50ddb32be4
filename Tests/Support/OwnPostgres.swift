// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import Synchronization

/// A PostgreSQL of a test's own, with all migrations applied, that may be frozen, killed and started again on its files.
public final class OwnPostgres: Sendable {
    /// Its database.
    public let database: TestDatabase
    private let directory: ServiceDirectory
    private let server: Mutex<LocalPostgres>

    private init(_ server: LocalPostgres, in directory: ServiceDirectory) {
        database = TestDatabase(name: LocalPostgres.name, url: server.url, server: server)
        self.directory = directory
        self.server = Mutex(server)
    }

    /// Gives the body one and removes it afterwards, whatever happened.
    public static func with<Result>(_ body: (OwnPostgres) async throws -> Result) async throws -> Result {
        let directory = try SharedService<Never>.scratch()
        let own = OwnPostgres(try await LocalPostgres.start(in: directory, settings: .small), in: directory)
        let result: Swift.Result<Result, any Error>
        do {
            try await TestDatabase.migrate(own.database.url)
            result = .success(try await body(own))
        } catch {
            result = .failure(error)
        }
        own.thaw()
        await own.server.withLock { $0 }.stop()
        try FileManager.default.removeItem(atPath: directory.root)
        return try result.get()
    }

    private var main: OtherProcess? {
        let path = server.withLock { $0.dataDirectory } + "/postmaster.pid"
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }.map { OtherProcess(id: $0) }
    }

    /// Stops it with all its sessions: who is connected hears nothing, and who connects gets no answer.
    public func freeze() {
        guard let main else { return }
        main.freeze()
        for session in main.children { session.freeze() }
    }

    /// Lets it go on.
    public func thaw() {
        guard let main else { return }
        for session in main.children { session.thaw() }
        main.thaw()
    }

    /// Kills it, as a crash of its machine would.
    public func kill() async {
        let server = self.server.withLock { $0 }
        // Its sessions as well: they would go on answering until they noticed.
        let main = main
        let sessions = main?.children ?? []
        main?.kill()
        for session in sessions { session.kill() }
        _ = await server.ended()
    }

    /// Starts it again; it recovers what it had acknowledged.
    public func restart() async throws {
        let server = try await LocalPostgres.start(in: directory, settings: .small)
        self.server.withLock { $0 = server }
    }
}
