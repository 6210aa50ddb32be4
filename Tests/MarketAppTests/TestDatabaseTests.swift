// SPDX-License-Identifier: Apache-2.0
import LocalServices
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct TestDatabaseTests {
    @Test func databasesAreSeparateAndDropped() async throws {
        let first = try await TestDatabase.make()
        let second = try await TestDatabase.make()
        _ = try await first.sql("create table only_here ();")
        let seen = try await second.sql("select to_regclass('only_here') is null;")
        #expect(seen == "t\n")
        try await first.drop()
        try await second.drop()
        let left = try await EmbeddedPostgres.shared().psql(
            "select count(*) from pg_database where datname in ('\(first.name)','\(second.name)');", database: "mve")
        #expect(left == "0\n")
    }
}
