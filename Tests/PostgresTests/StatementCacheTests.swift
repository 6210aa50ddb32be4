// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Postgres

@Suite struct StatementCacheTests {
    func parameters(_ values: any PostgresEncodable...) -> PostgresParameters {
        var parameters = PostgresParameters()
        for value in values { parameters.append(value) }
        return parameters
    }

    @Test func replacesTheLeastRecentlyUsed() {
        var cache = StatementCache(capacity: 2)
        let none = parameters()
        for text in ["a", "b"] { cache.confirm(cache.add(PostgresSQL(text: text), none)) }
        #expect(cache.find(PostgresSQL(text: "a"), none) != nil)
        cache.confirm(cache.add(PostgresSQL(text: "c"), none))
        #expect(cache.count == 2)
        #expect(cache.find(PostgresSQL(text: "b"), none) == nil)
        #expect(cache.takeDiscarded() == ["mve_2"])
        #expect(cache.takeDiscarded().isEmpty)
    }

    @Test func doesNotDiscardWhatTheServerHasNotConfirmed() {
        var cache = StatementCache(capacity: 1)
        let first = cache.add(PostgresSQL(text: "a"), parameters())
        _ = cache.add(PostgresSQL(text: "b"), parameters())
        #expect(cache.count == 2)
        cache.forget(first)
        #expect(cache.takeDiscarded().isEmpty)
    }

    @Test func otherTypesAreAnotherStatement() {
        var cache = StatementCache(capacity: 8)
        let text = PostgresSQL(text: "select $1")
        let first = cache.add(text, parameters(1))
        #expect(cache.find(text, parameters("x")) == nil)
        _ = cache.add(text, parameters("x"))
        // Replaced before it was confirmed: it goes as soon as it is.
        #expect(cache.takeDiscarded().isEmpty)
        cache.confirm(first)
        #expect(cache.takeDiscarded() == [first.name])
    }

    @Test func theServerHoldsNoMoreThanTheCache() async throws {
        try await withConnection({ $0.limits.preparedStatements = 3 }) { connection in
            for round in 0..<2 {
                for index in 0..<10 {
                    let rows = try await connection.query(PostgresSQL(text: "select \(index), $1"), round)
                    #expect(try rows.only().int(0) == index)
                }
            }
            let held = try await connection.query("select count(*) from pg_prepared_statements").only().int(0)
            #expect(held == 3)
        }
    }

    @Test func oneTextIsPreparedOnce() async throws {
        try await withConnection { connection in
            for index in 0..<5 { _ = try await connection.query("select $1 + 1", index) }
            let row = try await connection.query(
                "select count(*), sum(generic_plans + custom_plans)::int from pg_prepared_statements where statement = $1",
                "select $1 + 1"
            ).only()
            #expect(try row.int(0) == 1)
            #expect(try row.int(1) == 5)
        }
    }

    @Test func stalePlansAndLostStatementsArePreparedAgain() async throws {
        try await withConnection { connection in
            try await connection.execute("create table t (a int)")
            try await connection.execute("insert into t values (1)")
            func columns() async throws -> Int { try await connection.query("select * from t").columnCount }
            #expect(try await columns() == 1)
            try await connection.execute("alter table t add b int")
            #expect(try await columns() == 2)
            _ = try await connection.run(PostgresCall("deallocate all", isPrepared: false))
            #expect(try await columns() == 2)
        }
    }
}
