// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(3))) struct PostgresPoolTests {
    @Test func opensNoMoreThanItsMaximum() async throws {
        try await withPool({ $0.limits.connections = 2 }) { pool in
            let most = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        _ = try? await pool.query("select pg_sleep(0.01)")
                        let counts = await pool.counts
                        return counts.busy + counts.idle
                    }
                }
                return await group.reduce(0, max)
            }
            #expect(most == 2)
            #expect(await pool.counts.idle == 2)
        }
    }

    @Test func waitingForAConnectionEndsInATypedError() async throws {
        try await withPool({
            $0.limits.connections = 1
            $0.limits.acquireTimeout = .milliseconds(50)
        }) { pool in
            // Opening the connection may itself take longer than that here.
            await waitUntilOpen(pool)
            try await pool.withConnection { _ in
                let error = await failure { () async throws(PostgresError) in try await pool.query("select 1") }
                #expect(error?.code == .acquireTimeout)
                #expect(error?.outcome == .notExecuted)
                #expect(error?.errorClass == .resources)
            }
            #expect(try await pool.query("select 1").count == 1)
        }
    }

    @Test func theQueueOfCallersIsBounded() async throws {
        try await withPool({
            $0.limits.connections = 1
            $0.limits.waiters = 1
        }) { pool in
            try await pool.withConnection { _ in
                let waiting = Task { try await pool.query("select 1").count }
                while await pool.counts.waiting == 0 { try await pool.loop.sleep(for: .milliseconds(1)) }
                let error = await failure { () async throws(PostgresError) in try await pool.query("select 1") }
                #expect(error?.code == .overloaded)
                waiting.cancel()
                await #expect(throws: PostgresError.self) { try await waiting.value }
                #expect(await pool.counts.waiting == 0)
            }
        }
    }

    @Test func anUnreachableDatabaseSaysWhy() async throws {
        try await withLoop { loop in
            var settings = configuration("postgresql:///x?host=/nonexistent-directory")
            settings.limits.acquireTimeout = .milliseconds(100)
            let pool = PostgresPool(configuration: settings, loop: loop)
            let error = await failure { () async throws(PostgresError) in try await pool.warmUp() }
            #expect(error?.code == .acquireTimeout)
            #expect(error?.message.contains("nonexistent-directory") == true)
            await pool.close()
        }
    }

    @Test func readsShareConnectionsAndFailAlone() async throws {
        try await withPool({ $0.limits.readConnections = 1 }) { pool in
            let results = await withTaskGroup(of: (Int, Result<Int, PostgresError>).self) { group in
                for index in 0..<100 {
                    group.addTask {
                        do throws(PostgresError) {
                            let rows = try await pool.reads.query("select 100 / ($1 % 10)", index)
                            return (index, .success(try rows.only().int(0)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: [(Int, Result<Int, PostgresError>)]()) { $0.append($1) }
            }
            #expect(results.count == 100)
            for (index, result) in results {
                switch result {
                case .success(let value): #expect(value == 100 / (index % 10))
                case .failure(let error):
                    #expect(index % 10 == 0)
                    #expect(error.sqlstate == "22012")
                }
            }
            #expect(await pool.counts.reading == 1)
        }
    }

    @Test func readsCannotWrite() async throws {
        try await withPool { pool in
            try await pool.execute("create table t (n int)")
            let error = await failure { () async throws(PostgresError) in
                try await pool.reads.query("insert into t values (1)")
            }
            #expect(error?.sqlstate == "25006")
            #expect(error?.errorClass == .readOnly)
            #expect(try await pool.reads.query("select count(*) from t").only().int(0) == 0)
        }
    }

    @Test func aReadWhoseConnectionIsLostIsSentAgain() async throws {
        try await withPool({ $0.limits.readConnections = 1 }) { pool in
            let first = try await pool.reads.query("select pg_backend_pid()").only().int32(0)
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                async let blocked = pool.reads.query("select pg_backend_pid() from pg_advisory_lock_shared(1)")
                // It waits in the session that ends, and again in the next one, until the lock is released.
                for pid in [first, nil] {
                    try await waitUntil(pool.loop) { try await isBlocked(holder, pid: pid) }
                    if let pid { try await holder.execute("select pg_terminate_backend($1, 10000)", pid) }
                }
                try await holder.execute("select pg_advisory_unlock(1)")
                let second = try await blocked.only().int32(0)
                #expect(second != first)
            }
        }
    }

    @Test func cancelledReadsOnlyGiveUp() async throws {
        try await withPool({ $0.limits.readConnections = 1 }) { pool in
            let pid = try await pool.reads.query("select pg_backend_pid()").only().int32(0)
            try await pool.withConnection { holder in
                try await holder.execute("select pg_advisory_lock(1)")
                let task = Task {
                    await failure { () async throws(PostgresError) in
                        try await pool.reads.query("select pg_advisory_lock_shared(1)")
                    }
                }
                try await waitUntil(pool.loop) { try await isBlocked(holder, pid: nil) }
                task.cancel()
                #expect(await task.value?.code == .cancelled)
                try await holder.execute("select pg_advisory_unlock(1)")
            }
            #expect(try await pool.reads.query("select pg_backend_pid()").only().int32(0) == pid)
        }
    }

    @Test func closingRefusesWhatComes() async throws {
        try await withPool { pool in
            try await pool.warmUp()
            await pool.close()
            let error = await failure { () async throws(PostgresError) in try await pool.query("select 1") }
            #expect(error?.code == .closed)
            let left = await pool.counts
            #expect(left.idle + left.busy + left.reading + left.waiting == 0)
        }
    }

    @Test func sharedReadsCauseNoThreadHops() async throws {
        let hops = try await withPool { pool -> UInt64 in
            _ = try await pool.reads.query("select $1", 0)
            try await waitUntil(pool.loop) { await pool.counts.reading == 2 }
            let before = pool.loop.counters
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<200 { group.addTask { _ = try? await pool.reads.query("select $1", index) } }
            }
            let after = pool.loop.counters
            #expect(after.wakeUps == before.wakeUps)
            return after.remoteEnqueues - before.remoteEnqueues
        }
        #expect(hops == 0)
    }

    func waitUntilOpen(_ pool: PostgresPool) async {
        while await failure({ () async throws(PostgresError) in try await pool.warmUp() }) != nil {}
    }
}
