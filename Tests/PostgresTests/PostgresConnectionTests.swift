// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(3))) struct PostgresConnectionTests {
    @Test func refusesAnUnreachableDatabase() async throws {
        try await withLoop { loop in
            let error = await failure { () async throws(PostgresError) in
                try await PostgresConnection.connect(
                    configuration("postgresql:///x?host=/nonexistent-directory&password=hidden"), on: loop)
            }
            #expect(error?.code == .connectFailed)
            #expect(error?.outcome == .notExecuted)
            #expect(error?.description.contains("hidden") == false)
        }
    }

    @Test func setsItsSessionUp() async throws {
        try await withConnection({ $0.lockTimeout = .milliseconds(1234) }) { connection in
            let row = try await connection.query(
                """
                select current_setting('lock_timeout'), current_setting('statement_timeout'),
                  current_setting('application_name'), current_setting('TimeZone'),
                  current_setting('idle_in_transaction_session_timeout'), current_setting('client_encoding')
                """
            ).only()
            #expect(try row.string(0) == "1234ms")
            #expect(try row.string(1) == "10s")
            #expect(try row.string(2) == "mve-tests")
            #expect(try row.string(3) == "UTC")
            #expect(try row.string(4) == "15s")
            #expect(try row.string(5) == "UTF8")
        }
    }

    @Test func errorsCarryWhatTheServerSaid() async throws {
        try await withConnection { connection in
            try await connection.execute(
                "create table t (id bigint primary key, n int constraint n_positive check (n > 0))")
            try await connection.execute("insert into t values (1, 1)")
            let unique = await failure { () async throws(PostgresError) in
                try await connection.execute("insert into t values ($1, 2)", 1)
            }
            #expect(unique?.sqlstate == "23505")
            #expect(unique?.constraint == "t_pkey")
            #expect(unique?.errorClass == .constraint)
            #expect(unique?.outcome == .notExecuted)
            #expect(unique?.server?.severity == "ERROR")
            #expect(unique?.server?.table == "t")
            #expect(unique?.server?.detail?.contains("(1)") == true)
            #expect(unique?.description.contains("(1)") == false)
            let check = await failure { () async throws(PostgresError) in
                try await connection.execute("insert into t values (2, $1)", 0)
            }
            #expect(check?.constraint == "n_positive")
            let own = await failure { () async throws(PostgresError) in
                try await connection.execute("do $$ begin raise exception 'short' using errcode = 'MP002'; end $$")
            }
            #expect(own?.sqlstate == "MP002")
            #expect(own?.errorClass == .other)
            let syntax = await failure { () async throws(PostgresError) in try await connection.query("selec 1") }
            #expect(syntax?.sqlstate == "42601")
            #expect(try await connection.query("select 1").only().int(0) == 1)
        }
    }

    @Test func aCommitThatFailsIsNotAcknowledged() async throws {
        try await withConnection { connection in
            try await connection.execute("create table a (id int primary key)")
            try await connection.execute("create table b (a int references a deferrable initially deferred)")
            // The insert itself succeeds; the constraint is judged at the commit, after its answer.
            let error = await failure { () async throws(PostgresError) in
                try await connection.execute("insert into b values (1)")
            }
            #expect(error?.sqlstate == "23503")
            #expect(try await connection.query("select count(*) from b").only().int(0) == 0)
        }
    }

    @Test func pipelinedStatementsKeepTheirOrderAndTheirErrors() async throws {
        try await withConnection { connection in
            try await connection.execute("create table t (id bigint primary key)")
            let results = await withTaskGroup(of: (Int, Result<Int64, PostgresError>).self) { group in
                for index in 0..<100 {
                    group.addTask {
                        do throws(PostgresError) {
                            // Every seventh collides with the one before it.
                            let id = index % 7 == 3 ? index - 1 : index
                            let rows = try await connection.query("insert into t values ($1) returning id", id)
                            return (index, .success(try rows.only().int64(0)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                var all: [(Int, Result<Int64, PostgresError>)] = []
                for await one in group { all.append(one) }
                return all
            }
            #expect(results.count == 100)
            for (index, result) in results {
                switch result {
                case .success(let id):
                    #expect(index % 7 != 3)
                    #expect(id == Int64(index))
                case .failure(let error):
                    #expect(index % 7 == 3)
                    #expect(error.sqlstate == "23505")
                }
            }
            let kept = try await connection.query("select count(*) from t").only().int(0)
            #expect(kept == results.filter { (try? $0.1.get()) != nil }.count)
        }
    }

    @Test func aBatchIsOneTransaction() async throws {
        try await withConnection { connection in
            try await connection.execute("create table t (id bigint primary key)")
            func insert(_ id: Int) -> PostgresCall {
                var parameters = PostgresParameters()
                parameters.append(id)
                return PostgresCall("insert into t values ($1) returning id", parameters: parameters)
            }
            let rows = try await connection.batch([insert(1), insert(2)])
            #expect(try rows.map { try $0.only().int(0) } == [1, 2])
            #expect(try await connection.batch([insert(9)]).count == 1)
            let error = await failure { () async throws(PostgresError) in
                try await connection.batch([insert(3), insert(1), insert(4)])
            }
            #expect(error?.sqlstate == "23505")
            #expect(try await connection.query("select count(*) from t").only().int(0) == 3)
        }
    }

    @Test func whatDoesNotFitIntoTheSocketIsSentAndReadInParts() async throws {
        try await withConnection { connection in
            let bytes = [UInt8](unsafeUninitializedCapacity: 20 << 20) { buffer, count in
                for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 31) }
                count = buffer.count
            }
            async let after = connection.query("select 1")
            let echoed = try await connection.query("select $1", bytes).only().bytes(0)
            #expect(echoed == bytes)
            #expect(try await after.count == 1)
            let refused = await failure { () async throws(PostgresError) in
                try await connection.query("select $1, $1, $1, $2", bytes, [UInt8](repeating: 0, count: 64 << 20))
            }
            #expect(refused?.code == .invalidRequest)
            #expect(refused?.outcome == .notExecuted)
        }
    }

    @Test func queriesOnTheLoopCauseNoThreadHops() async throws {
        let hops = try await withConnection { connection -> UInt64 in
            _ = try await connection.query("select $1", 0)
            let before = connection.loop.counters
            for index in 0..<50 { _ = try await connection.query("select $1", index) }
            let after = connection.loop.counters
            #expect(after.wakeUps == before.wakeUps)
            return after.remoteEnqueues - before.remoteEnqueues
        }
        #expect(hops == 0)
    }
}
