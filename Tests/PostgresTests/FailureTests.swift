// SPDX-License-Identifier: Apache-2.0
import Glibc
import LocalServices
import Postgres
import TestSupport
import Testing
import UVRuntime

/// Deadlines, cancellation and lost connections. Time-outs here are waited for, never measured.
@Suite(.timeLimit(.minutes(3))) struct FailureTests {
    @Test func theServersTimeoutLeavesTheConnectionUsable() async throws {
        try await withConnection({ $0.statementTimeout = .milliseconds(50) }) { connection in
            let error = await failure { () async throws(PostgresError) in
                try await connection.query("select pg_sleep(60)")
            }
            #expect(error?.sqlstate == "57014")
            #expect(error?.errorClass == .canceled)
            #expect(error?.outcome == .notExecuted)
            let one = try await connection.query("select 1").only().int(0)
            #expect(one == 1)
        }
    }

    @Test func theDeadlineClosesTheConnection() async throws {
        try await withConnection { connection in
            let error = await failure { () async throws(PostgresError) in
                try await connection.query("select pg_sleep(60)", timeout: .milliseconds(50))
            }
            #expect(error?.code == .timeout)
            #expect(error?.outcome == .unknown)
            #expect(await !connection.isOpen)
            let after = await failure { () async throws(PostgresError) in try await connection.query("select 1") }
            #expect(after?.code == .closed)
            #expect(after?.outcome == .notExecuted)
        }
    }

    @Test func aStatementBehindTheStuckOneIsLostWithIt() async throws {
        try await withConnection { connection in
            async let stuck = failure { () async throws(PostgresError) in
                try await connection.query("select pg_sleep(60)", timeout: .milliseconds(100))
            }
            async let behind = failure { () async throws(PostgresError) in try await connection.query("select 1") }
            let (first, second) = await (stuck, behind)
            // Whichever was sent first, the stuck one times out; the other was answered before it or lost with it.
            #expect(first?.code == .timeout)
            #expect(second == nil || second?.code == .connectionLost)
        }
    }

    @Test func cancellingTheTaskClosesTheConnection() async throws {
        try await withDatabase { loop, settings, _ in
            let connection = try await PostgresConnection.connect(settings, on: loop)
            let task = Task {
                await failure { () async throws(PostgresError) in try await connection.query("select pg_sleep(60)") }
            }
            while await connection.depth == 0 { try await loop.sleep(for: .milliseconds(1)) }
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.outcome == .unknown)
            #expect(await !connection.isOpen)
        }
    }

    @Test func aTerminatedBackendMeansAnUnknownOutcome() async throws {
        try await withDatabase { loop, settings, database in
            let connection = try await PostgresConnection.connect(settings, on: loop)
            async let lost = failure { () async throws(PostgresError) in
                try await connection.query("select pg_sleep(60)")
            }
            let other = try await PostgresConnection.connect(settings, on: loop)
            try await waitUntil(loop) {
                let row = try await other.query(
                    "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'")
                return try row.only().int(0) == 1
            }
            _ = try await other.query("select pg_terminate_backend($1)", await connection.backendPID)
            let error = await lost
            #expect(error?.code == .connectionLost || error?.sqlstate == "57P01")
            #expect(error?.errorClass == .connectionLost)
            #expect(error?.outcome == .unknown)
            #expect(await !connection.isOpen)
            await other.close()
        }
    }

    /// A server process killed by the system takes all sessions along, and the server recovers from its log.
    @Test func aCrashedServerIsSurvived() async throws {
        let server = try await EmbeddedPostgres.makeOwn()
        let url = server.url
        do {
            try await withLoop { loop in
                var settings = configuration(url)
                settings.limits.acquireTimeout = .seconds(60)
                let pool = PostgresPool(configuration: settings, loop: loop)
                try await pool.execute("create table t (n int)")
                try await pool.execute("insert into t values (1)")
                async let running = failure { () async throws(PostgresError) in
                    try await pool.query("select pg_sleep(60)")
                }
                let victim = try await PostgresConnection.connect(settings, on: loop)
                try await waitUntil(loop) {
                    let row = try await victim.query(
                        "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
                    )
                    return try row.only().int(0) == 1
                }
                kill(await victim.backendPID, SIGKILL)
                let error = await running
                #expect(error?.outcome == .unknown)
                #expect(error?.errorClass == .connectionLost)
                // The pool waits for the recovery and replaces what was lost.
                try await pool.execute("insert into t values (2)")
                #expect(try await pool.reads.query("select count(*) from t").only().int(0) == 2)
                await pool.close()
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func tooLargeAResultIsStopped() async throws {
        try await withConnection({ $0.limits.resultBytes = 1 << 20 }) { connection in
            let error = await failure { () async throws(PostgresError) in
                try await connection.query("select repeat('x', 1000) from generate_series(1, 100000)")
            }
            #expect(error?.code == .resultTooLarge)
            #expect(await !connection.isOpen)
        }
        try await withConnection({ $0.limits.resultRows = 10 }) { connection in
            let error = await failure { () async throws(PostgresError) in
                try await connection.query("select generate_series(1, 11)")
            }
            #expect(error?.code == .resultTooLarge)
            let fitting = try await connection.query("select generate_series(1, 10)")
            #expect(fitting.count == 10)
        }
    }

    @Test func aFullPipelineRefuses() async throws {
        try await withConnection({ $0.limits.pipelineDepth = 2 }) { connection in
            let errors = await withTaskGroup(of: PostgresError?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        await failure { () async throws(PostgresError) in
                            try await connection.query("select pg_sleep(0.01)")
                        }
                    }
                }
                return await group.reduce(into: [PostgresError?]()) { $0.append($1) }
            }
            #expect(errors.count { $0 == nil } == 2)
            #expect(errors.compactMap { $0 }.allSatisfy { $0.code == .overloaded && $0.outcome == .notExecuted })
        }
    }
}

/// Asks again, a little later each time, until it is so; the suite's time limit ends what never comes.
func waitUntil(_ loop: EventLoop, _ condition: nonisolated(nonsending) () async throws -> Bool) async throws {
    while try await !condition() { try await loop.sleep(for: .milliseconds(5)) }
}

/// Some session (or that one) waits for the advisory lock.
func isBlocked(_ holder: PostgresConnection, pid: Int32?) async throws -> Bool {
    let row = try await holder.query(
        """
        select count(*) from pg_locks
        where not granted and locktype = 'advisory' and ($1 is null or pid = $1)
          and database = (select oid from pg_database where datname = current_database())
        """, pid)
    return try row.only().int(0) == 1
}
