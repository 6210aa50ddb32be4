// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing

@Suite struct PostgresTransactionTests {
    struct Refusal: Error {}

    func table(_ pool: PostgresPool) async throws {
        try await pool.execute("create table t (id int primary key)")
    }

    func count(_ pool: PostgresPool) async throws -> Int {
        try await pool.query("select count(*) from t").only().int(0)
    }

    @Test func commitsWhenTheBodyReturns() async throws {
        try await withPool { pool in
            try await table(pool)
            let sum = try await pool.withTransaction { transaction -> Int in
                try await transaction.execute("insert into t values (1)")
                // The others see nothing yet.
                #expect(try await count(pool) == 0)
                try await transaction.execute("insert into t values (2)")
                return try await transaction.query("select sum(id)::int from t").only().int(0)
            }
            #expect(sum == 3)
            #expect(try await count(pool) == 2)
        }
    }

    @Test func rollsBackWhenTheBodyThrows() async throws {
        try await withPool { pool in
            try await table(pool)
            await #expect(throws: Refusal.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into t values (1)")
                    throw Refusal()
                }
            }
            #expect(try await count(pool) == 0)
            #expect(await pool.counts.busy == 0)
        }
    }

    @Test func aSwallowedErrorDoesNotCommit() async throws {
        try await withPool { pool in
            try await table(pool)
            do {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into t values (1)")
                    let error = await failure { () async throws(PostgresError) in
                        try await transaction.execute("insert into t values (1)")
                    }
                    #expect(error?.sqlstate == "23505")
                }
                Issue.record("a failed transaction was committed")
            } catch let error as PostgresError {
                #expect(error.sqlstate == "25P02")
                #expect(error.outcome == .notExecuted)
            }
            #expect(try await count(pool) == 0)
        }
    }

    @Test func aFirstStatementThatFailsLeavesNoTransactionOpen() async throws {
        try await withPool({ $0.limits.connections = 1 }) { pool in
            try await table(pool)
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into nowhere values (1)")
                }
            }
            try await pool.execute("insert into t values (1)")
            #expect(try await count(pool) == 1)
        }
    }

    @Test func aLostConnectionInsideMeansNothingWasDone() async throws {
        try await withPool { pool in
            try await table(pool)
            do {
                try await pool.withTransaction { transaction in
                    let pid = try await transaction.query("select pg_backend_pid()").only().int32(0)
                    try await transaction.execute("insert into t values (1)")
                    try await pool.execute("select pg_terminate_backend($1)", pid)
                    try await transaction.execute("insert into t values (2)")
                }
                Issue.record("a terminated session went on")
            } catch let error as PostgresError {
                #expect(error.errorClass == .connectionLost || error.code == .closed)
                #expect(error.outcome == .notExecuted)
            }
            #expect(try await count(pool) == 0)
        }
    }

    @Test func conflictsAreRetriedWithinTheirBound() async throws {
        try await withPool { pool in
            try await pool.execute("create table c (n int)")
            try await pool.execute("insert into c values (0)")
            let options = PostgresTransactionOptions(mode: .repeatableRead, retries: 1)
            var attempts = 0
            try await pool.withTransaction(options) { transaction in
                attempts += 1
                let value = try await transaction.query("select n from c").only().int(0)
                // Somebody else commits in between, the first time.
                if attempts == 1 { try await pool.execute("update c set n = 10") }
                try await transaction.execute("update c set n = $1", value + 1)
            }
            #expect(attempts == 2)
            #expect(try await pool.query("select n from c").only().int(0) == 11)
            var vain = 0
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction(options) { transaction in
                    vain += 1
                    _ = try await transaction.query("select n from c")
                    try await pool.execute("update c set n = n + 1")
                    try await transaction.execute("update c set n = 0")
                }
            }
            #expect(vain == 2)
        }
    }

    @Test func pipelinesInsideOneTransaction() async throws {
        try await withPool { pool in
            try await table(pool)
            let counts = try await pool.withTransaction { transaction in
                try await transaction.batch([
                    PostgresCall("insert into t values (1)"), PostgresCall("insert into t values (2), (3)"),
                    PostgresCall("select count(*) from t"),
                ]).map(\.affected)
            }
            #expect(counts == [1, 2, 1])
            #expect(try await count(pool) == 3)
        }
    }

    @Test func anEndedTransactionRefuses() async throws {
        try await withPool { pool in
            let escaped = try await pool.withTransaction { $0 }
            let error = await failure { () async throws(PostgresError) in try await escaped.query("select 1") }
            #expect(error?.code == .closed)
        }
    }

    @Test func aForgottenBeginIsNotHandedOn() async throws {
        try await withPool({ $0.limits.connections = 1 }) { pool in
            try await table(pool)
            try await pool.withConnection { connection in
                try await connection.execute("begin")
                try await connection.execute("insert into t values (1)")
            }
            #expect(try await count(pool) == 0)
        }
    }
}
