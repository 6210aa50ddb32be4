// SPDX-License-Identifier: Apache-2.0
import Logging
import Postgres
import UVRuntime

/// A person's session with the database that holds on to what it has locked, until it is told to let go.
public struct HeldSession: Sendable {
    private let loop: EventLoop
    private let connection: PostgresConnection

    /// Begins a transaction, runs statements in it, gives the body the session, and ends it by rolling back.
    public static func with(
        _ database: TestDatabase, _ statements: String..., body: (HeldSession) async throws -> Void
    ) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Void, any Error>
        do {
            result = .success(try await run(on: loop, database.url, statements, body))
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }

    private static func run(
        on loop: EventLoop, _ url: String, _ statements: [String], _ body: (HeldSession) async throws -> Void
    ) async throws {
        let connection = try await loop.run {
            var settings = PostgresConfiguration(url: url)
            settings.idleInTransactionTimeout = .seconds(600)
            let connection = try await PostgresConnection.connect(settings, on: loop)
            try await connection.execute("begin")
            for statement in statements {
                _ = try await connection.run(PostgresCall(PostgresSQL(text: statement), isPrepared: false))
            }
            return connection
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(HeldSession(loop: loop, connection: connection)))
        } catch {
            result = .failure(error)
        }
        try await loop.run { await connection.close() }
        try result.get()
    }

    /// Gives back what it has locked; nothing of it was changed.
    public func letGo() async throws {
        let connection = connection
        try await loop.run { _ = try await connection.execute("rollback") }
    }
}
