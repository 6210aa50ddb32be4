// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import LocalServices
import Postgres
import Synchronization
import UVRuntime

/// The one private PostgreSQL of this test process: started by the first test that needs it, with its own temporary
/// directory, gone with the process however that ends.
public enum EmbeddedPostgres {
    private static let server = SharedService {
        try await LocalPostgres.start(
            in: $0, settings: .small, removeAtExit: $0.root)
    }

    /// The running server.
    public static func shared() async throws -> LocalPostgres {
        try await server.value()
    }

    /// A server of a test's own, for tests that stop or kill it. The caller stops it; its directory goes with it.
    ///
    /// - Parameter directory: of an own server that was killed, to start it again.
    public static func makeOwn(in directory: ServiceDirectory? = nil) async throws -> LocalPostgres {
        let directory = try directory ?? scratch()
        return try await LocalPostgres.start(in: directory, settings: .small, removeAtExit: directory.root)
    }

    /// A new directory for an own server.
    public static func scratch() throws -> ServiceDirectory {
        try SharedService<LocalPostgres>.scratch()
    }
}

/// A fresh database of the shared server, copied from a template that has all migrations applied.
///
/// ```swift
/// try await TestDatabase.with { database in
///     … connect to database.url …
/// }
/// ```
public struct TestDatabase: Sendable {
    /// The database's name.
    public let name: String
    /// A libpq URI.
    public let url: String
    private let server: LocalPostgres

    init(name: String, url: String, server: LocalPostgres) {
        self.name = name
        self.url = url
        self.server = server
    }

    private static let counter = Atomic<Int>(0)
    /// Tests all start at once, and the shared server has 200 connections: a test uses up to eight, one with servers of
    /// its own some thirty.
    private static let turns = Turns(12)
    private static let template = SharedValue {
        let server = try await EmbeddedPostgres.shared()
        _ = try await server.psql("create database template_mve;", database: LocalPostgres.name)
        try await migrate(url(of: "template_mve", on: server))
        _ = try await server.psql("alter database template_mve allow_connections false;", database: LocalPostgres.name)
        return "template_mve"
    }

    /// Makes one.
    ///
    /// - Parameter migrated: false gives an empty database, for tests of the migrations themselves.
    /// - Cost: about 50 ms; the first call also starts the server and applies the migrations (two to three seconds).
    public static func make(migrated: Bool = true) async throws -> TestDatabase {
        precondition(LoopExecutor.current == nil, "a database is made off the loops, or other tests wake up on one")
        let server = try await EmbeddedPostgres.shared()
        let source = migrated ? try await template.value() : "template1"
        let name = "test_\(counter.add(1, ordering: .relaxed).newValue)"
        _ = try await server.psql("create database \(name) template \(source);", database: LocalPostgres.name)
        return TestDatabase(name: name, url: url(of: name, on: server), server: server)
    }

    private static func url(of name: String, on server: LocalPostgres) -> String {
        server.url.replacing("postgresql:///\(LocalPostgres.name)?", with: "postgresql:///\(name)?")
    }

    /// Gives the body a fresh database and drops it afterwards, whatever happened. A dozen at a time; never one inside
    /// another.
    public static func with<Result>(
        migrated: Bool = true, _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        try await turns.with {
            let database = try await make(migrated: migrated)
            let result: Result
            do {
                result = try await body(database)
            } catch {
                try await database.drop()
                throw error
            }
            try await database.drop()
            return result
        }
    }

    /// Ends the sessions that are left and removes the database.
    public func drop() async throws {
        _ = try await server.psql("drop database \(name) with (force);", database: LocalPostgres.name)
    }

    /// Refuses new sessions and ends those that are there, as a server does that is down; false lets them in again.
    public func refuseConnections(_ refuses: Bool) async throws {
        try await offLoop { [server, name] in
            _ = try await server.psql(
                """
                alter database \(name) allow_connections \(!refuses);
                select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(name)' and \(refuses);
                """, database: LocalPostgres.name)
        }
    }

    /// Runs SQL with psql and returns what it printed, unaligned: for assertions about what is in the tables.
    public func sql(_ text: String) async throws -> String {
        try await offLoop { [server, name] in try await server.psql(text, database: name) }
    }

    /// Applies all migrations as the server does, so that a server started on a copy finds nothing to apply.
    static func migrate(_ url: String) async throws {
        let migrations = try PostgresMigration.read(
            directory: Repository.root.appendingPathComponent("migrations").path)
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await loop.run {
                    _ = try await PostgresMigrator(migrations).migrate(PostgresConfiguration(url: url), on: loop)
                })
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }
}

/// The checkout that the tests were built from.
public enum Repository {
    /// Its top directory.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
