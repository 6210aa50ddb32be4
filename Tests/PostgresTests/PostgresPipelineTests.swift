// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing
import UVRuntime

/// Statements that follow each other on one connection.
@Suite(.timeLimit(.minutes(3))) struct PostgresPipelineTests {
    @Test func oneConnectionIsEnoughAndIsGivenBack() async throws {
        try await withPool({ $0.limits.connections = 4 }) { pool in
            let first = try await pool.pipeline.query("select pg_backend_pid()").only().int32(0)
            let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await pool.pipeline.query("select pg_backend_pid()").only().int32(0) }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect(pids == [first])
            let counts = await pool.counts
            #expect(counts.busy == 0 && counts.idle == 1)
            #expect(await pool.pipelinedCount == 0)
        }
    }

    @Test func eachCommitsByItselfAndFailsAlone() async throws {
        try await withPool { pool in
            try await pool.execute("create table t (n int)")
            let failed = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        do throws(PostgresError) {
                            _ = try await pool.pipeline.query("insert into t select 100 / ($1 % 10) * 0 + $1", number)
                            return nil
                        } catch {
                            return error.sqlstate == "22012" ? number : -1
                        }
                    }
                }
                return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(failed.sorted() == [0, 10, 20, 30])
            #expect(try await pool.query("select count(*) from t").only().int(0) == 36)
        }
    }

    /// Somebody else's lock holds up who was sent before, and nobody who comes once that has been seen.
    @Test func nothingIsSentBehindAStatementThatIsStuck() async throws {
        try await withPool({
            $0.limits.connections = 3
            $0.limits.pipelinePatience = .zero
        }) { pool in
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                async let stuck = pool.pipeline.query("select pg_backend_pid() from pg_advisory_lock_shared(1)")
                try await waitUntil(pool.loop) { try await isBlocked(holder, pid: nil) }
                let other = try await pool.pipeline.query("select pg_backend_pid()").only().int32(0)
                #expect(try await isBlocked(holder, pid: nil))
                try await holder.execute("select pg_advisory_unlock(1)")
                #expect(try await stuck.only().int32(0) != other)
                #expect(await pool.counts.idle == 2)
            }
        }
    }

    /// Who waited for a lock in vain does not take along who was sent behind.
    @Test func aLockTimeoutFailsAlone() async throws {
        try await withPool({
            $0.limits.connections = 2
            $0.limits.pipelinePatience = .seconds(60)
            $0.lockTimeout = .milliseconds(200)
        }) { pool in
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                async let stuck = failure { () async throws(PostgresError) in
                    try await pool.pipeline.query("select pg_advisory_lock_shared(1)")
                }
                try await waitUntil(pool.loop) { await pool.pipelinedCount == 1 }
                #expect(try await pool.pipeline.query("select 1").count == 1)
                #expect(await stuck?.sqlstate == "55P03")
            }
        }
    }

    @Test func aLostConnectionIsLostForAllThatWereSentOnIt() async throws {
        try await withPool({
            $0.limits.connections = 3
            $0.limits.pipelinePatience = .seconds(60)
        }) { pool in
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                async let stuck = failure { () async throws(PostgresError) in
                    try await pool.pipeline.query("select pg_advisory_lock_shared(1)")
                }
                try await waitUntil(pool.loop) { try await isBlocked(holder, pid: nil) }
                async let behind = failure { () async throws(PostgresError) in try await pool.pipeline.query("select 1")
                }
                try await waitUntil(pool.loop) { await pool.pipelinedCount == 2 }
                try await holder.execute(
                    """
                    select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and not granted
                       and database = (select oid from pg_database where datname = current_database())
                    """)
                for error in await [stuck, behind] {
                    #expect(error?.code == .connectionLost)
                    #expect(error?.outcome == .unknown)
                }
                #expect(await pool.pipelinedCount == 0)
                try await holder.execute("select pg_advisory_unlock(1)")
                #expect(try await pool.pipeline.query("select 1").count == 1)
            }
        }
    }

    /// A lock time-out is no progress: who comes after two of them does not wait for a third.
    @Test func lockTimeoutsAreNoProgress() async throws {
        try await withPool({
            $0.limits.connections = 3
            $0.limits.pipelinePatience = .milliseconds(1500)
            $0.lockTimeout = .milliseconds(2500)
        }) { pool in
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                @Sendable func timeout() async -> PostgresError? {
                    await failure { () async throws(PostgresError) in
                        try await pool.pipeline.query("select pg_advisory_lock_shared(1)")
                    }
                }
                async let first = timeout()
                try await waitUntil(pool.loop) { try await isBlocked(holder, pid: nil) }
                async let second = timeout()
                try await waitUntil(pool.loop) { await pool.pipelinedCount == 2 }
                let waiting = try await holder.query(
                    """
                    select pid from pg_locks where locktype = 'advisory' and not granted
                       and database = (select oid from pg_database where datname = current_database())
                    """
                ).only().int32(0)
                #expect(await first?.sqlstate == "55P03")
                // The second one still waits, and the first one's failure was just now.
                let other = try await pool.pipeline.query("select pg_backend_pid()").only().int32(0)
                #expect(other != waiting)
                #expect(await second?.sqlstate == "55P03")
                try await holder.execute("select pg_advisory_unlock(1)")
            }
        }
    }

    /// The last connection rests in a lock.
    @Test func whoFindsNoConnectionInTimeFails() async throws {
        try await withPool({
            $0.limits.connections = 2
            $0.limits.pipelinePatience = .zero
            $0.lockTimeout = .seconds(10)
        }) { pool in
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                async let stuck = pool.pipeline.query("select pg_advisory_lock_shared(1)")
                try await waitUntil(pool.loop) { try await isBlocked(holder, pid: nil) }
                let refused = await failure { () async throws(PostgresError) in
                    try await pool.pipeline.query("select 1")
                }
                #expect(refused?.code == .acquireTimeout)
                try await holder.execute("select pg_advisory_unlock(1)")
                _ = try await stuck
                #expect(try await pool.pipeline.query("select 1").count == 1)
                #expect(await pool.pipelinedCount == 0)
            }
        }
    }
}
