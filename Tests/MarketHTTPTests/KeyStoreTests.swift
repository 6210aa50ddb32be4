// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketHTTP
@testable import Simulation

@Suite(.timeLimit(.minutes(2))) struct KeyStoreTests {
    /// Gives the body a store over one connection, whose prepared plans are kept.
    private func with(_ body: @escaping @Sendable (KeyStore, PostgresPool) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    var configuration = PostgresConfiguration(url: database.url)
                    configuration.limits.connections = 1
                    let pool = PostgresPool(configuration: configuration, loop: loop)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(KeyStore { pool }, pool))
                    } catch {
                        outcome = .failure(error)
                    }
                    await pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }

    private static func refusal(_ number: Int) -> StoredRefusal {
        StoredRefusal(
            claim: KeyClaim(digest: .test(number), fingerprint: .test(number, 2), retention: .seconds(600), user: nil),
            answer: StoredAnswer(status: 409, fields: [], body: Array("refused \(number)".utf8)))
    }

    /// Rows are found by their keys' index from the first one on: PostgreSQL keeps the plan of a prepared statement from when
    /// the table was small.
    @Test func keysAreFoundByTheirIndexHoweverSmallTheTable() async throws {
        try await with { store, pool in
            #expect(try await store.storeRefusals((1...3).map(Self.refusal)) == 3)
            // The sixth time on a plan without the values is kept.
            for _ in 0..<8 {
                let found = try await store.keys([.test(9), .test(2), .test(3)])
                #expect(found.count == 2)
                guard case .finished(let fingerprint, let answer, let remaining)? = found[.test(2)] else {
                    Issue.record("the key is not found: \(found)")
                    return
                }
                #expect(
                    fingerprint == .test(2, 2) && answer == Self.refusal(2).answer && remaining > .seconds(500)
                        && remaining <= .seconds(600))
            }
            _ = try await pool.query("select pg_stat_force_next_flush()")
            let scans = try await pool.query(
                "select seq_scan, idx_scan from pg_stat_user_tables where relid = 'platform.idempotency_keys'::regclass"
            ).only()
            #expect(try scans.int64(0) == 0)
            #expect(try scans.int64(1) >= 24)
        }
    }
}
