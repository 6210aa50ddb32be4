// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import Postgres

@Suite(.timeLimit(.minutes(3))) struct PostgresErrorTests {
    @Test(
        "every SQLSTATE has the class that writers act on",
        arguments: [
            ("40001", PostgresErrorClass.serialization), ("40P01", .serialization), ("40002", .other),
            ("22012", .constraint), ("23505", .constraint), ("55P03", .lockTimeout), ("55006", .other),
            ("57014", .canceled), ("08006", .connectionLost), ("57P01", .connectionLost), ("57P03", .connectionLost),
            ("25006", .readOnly), ("25P02", .other), ("53300", .resources), ("MP002", .other), ("", .other),
        ])
    func classes(_ sqlstate: String, _ expected: PostgresErrorClass) {
        #expect(PostgresErrorClass(sqlstate: sqlstate) == expected)
    }

    @Test func aSessionEndedByTheServerIsLostWhateverItsState() async throws {
        try await withConnection({ $0.idleInTransactionTimeout = .milliseconds(20) }) { connection in
            try await connection.execute("begin")
            try await waitUntil(connection.loop) { await !connection.isOpen }
            let error = await connection.closeError
            #expect(error?.errorClass == .connectionLost)
        }
    }

    @Test func aLockThatDoesNotComeHasItsClass() async throws {
        try await withPool({ $0.lockTimeout = .milliseconds(20) }) { pool in
            try await pool.execute("create table t (n int)")
            try await pool.execute("insert into t values (1)")
            try await pool.withTransaction { transaction in
                try await transaction.execute("update t set n = 2")
                let error = await failure { () async throws(PostgresError) in
                    try await pool.execute("update t set n = 3")
                }
                #expect(error?.errorClass == .lockTimeout)
                #expect(error?.outcome == .notExecuted)
            }
        }
    }

    @Test func theConfigurationNeverShowsItsAddress() {
        let configuration = PostgresConfiguration(url: "postgresql://u:secret@h/d")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)".contains("secret"))
        #expect(!String(reflecting: configuration).contains("secret"))
        #expect(!dumped.contains("secret"))
    }

    @Test func pausesGrowToTheirMaximumAndStartAgain() {
        var backOff = BackOff(minimum: .milliseconds(50), maximum: .seconds(1))
        var random = SystemRandomNumberGenerator()
        var pauses: [Duration] = []
        for _ in 0..<40 { pauses.append(backOff.failed(using: &random)) }
        for (index, pause) in pauses.enumerated() {
            let full = min(Duration.milliseconds(50) * (1 << min(index, 10)), .seconds(1))
            #expect(pause >= full * 0.5 && pause <= full)
        }
        backOff.succeeded()
        #expect(backOff.failed(using: &random) <= .milliseconds(50))
    }
}

@Suite(.timeLimit(.minutes(3))) struct PostgresServerFactsTests {
    @Test func readsWhatWritersRestOn() async throws {
        try await withConnection { connection in
            let facts = try await connection.serverFacts()
            #expect(facts.version >= 150_000)
            #expect(!facts.isReadOnly)
            #expect(facts.lockSlots > 0)
            #expect(facts.systemIdentifier != 0)
            #expect(facts.timeline == 1)
        }
    }

    @Test func tellsDatabasesOfOneClusterApart() async throws {
        var names: Set<String> = []
        // Two databases that one cluster has one after the other are not the same either.
        for _ in 0..<2 { names.insert(try await withConnection { try await $0.serverFacts().databaseName }) }
        #expect(names.count == 2)
    }

    @Test func refusesWhatWouldNotLast() async throws {
        try await withConnection { connection in
            try await connection.execute("set synchronous_commit = off")
            let error = await failure { () async throws(PostgresError) in try await connection.requireDurablePrimary() }
            #expect(error?.code == .notDurable)
        }
        try await withConnection({ $0.isReadOnly = true }) { connection in
            let error = await failure { () async throws(PostgresError) in try await connection.requireDurablePrimary() }
            #expect(error?.code == .notDurable)
            #expect(error?.errorClass == .readOnly)
        }
    }
}
