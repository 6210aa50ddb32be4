// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import Postgres
import TestSupport
import Testing
import UVRuntime

/// A server dies and its batch lives on in the database: everybody asks again at the second server, while the first one's
/// session still holds the keys, the carts and everything it has inserted, and commits only afterwards.
///
/// Part of the long run only: the dead server's session has to outlast the lock time-out of the batches, 1 s, which a busy
/// machine does not always grant.
@Suite(.timeLimit(.minutes(10)), .enabled(if: ProcessInfo.processInfo.environment["MVE_CRASH_ROUNDS"] != nil))
struct LateCommitTests {
    @Test func aBatchThatCommitsAfterItsServersDeathIsFoundAndNotRepeated() async throws {
        try await CrashShop.with(servers: 2) { shop in
            // All with the first server.
            let shoppers = try await Shopper.make(12, in: shop).filter { $0.number.isMultiple(of: 2) }
            try await shop.start(0)
            try await shop.start(1)
            try await shop.open(to: shoppers) {
                // A machine that is too slow for the sessions' lock time-out (3 s) needs another try.
                var late = 0
                for _ in 0..<12 where late < 3 {
                    await shop.progress.orders(more: shoppers.count)
                    let isLate = try await Self.hold(shop) { sessions in
                        let dead = try await sessions.stuckWriter()
                        try await shop.kill(0)
                        // Who was with the dead server is being served again, beside the session that it left.
                        try await sessions.anotherWriterWorks(since: try await sessions.now())
                        return try await sessions.isStuck(dead)
                    }
                    if isLate { late += 1 }
                    try await shop.start(0)
                }
                #expect(late == 3)
                await shop.progress.orders(more: shoppers.count)
            }
            let count = try await Comparison(shop: shop, shoppers: shoppers).run()
            print("3 batches that committed late: \(count)")
        }
    }

    /// Locks the stock of everything while the body runs, so that no batch gets past its last statement.
    private static func hold(
        _ shop: CrashShop, _ body: @escaping @Sendable (Sessions) async throws -> Bool
    ) async throws -> Bool {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let url = shop.store.url
        let result: Result<Bool, any Error>
        do {
            let value = try await loop.run {
                let pool = PostgresPool(configuration: PostgresConfiguration(url: url), loop: loop)
                let value = try await pool.withTransaction { transaction in
                    _ = try await transaction.query("select from inventory.stock for update")
                    return try await offLoop { try await body(Sessions(loop: loop, pool: pool)) }
                }
                await pool.close()
                return value
            }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }
}

/// The servers' sessions in the database, as it sees them.
private struct Sessions: Sendable {
    let loop: EventLoop
    let pool: PostgresPool

    /// The database's clock.
    func now() async throws -> Int64 {
        try await loop.run { try await pool.query("select clock_timestamp()").only().timestamp(0) }
    }

    /// A batch's session that waits for the stock; its process id.
    func stuckWriter() async throws -> Int32 {
        guard let pid = try await writer(waits: true, looks: Self.looksMax) else { throw Unseen() }
        return pid
    }

    /// Waits until a session has begun a batch after a moment.
    func anotherWriterWorks(since moment: Int64) async throws {
        guard try await writer(since: moment, looks: Self.looksMax) != nil else { throw Unseen() }
    }

    /// Whether the session still waits.
    func isStuck(_ pid: Int32) async throws -> Bool {
        try await writer(pid, waits: true, looks: 1) != nil
    }

    /// Each look is a turn of the loop and of the database; all of them together are half a minute.
    private static let looksMax = 20_000

    private func writer(
        _ pid: Int32? = nil, since moment: Int64 = 0, waits: Bool = false, looks: Int
    ) async throws -> Int32? {
        try await loop.run {
            for _ in 0..<looks {
                let row = try await pool.query(
                    """
                    select pid from pg_stat_activity where application_name = 'mve-writer'
                       and datname = current_database() and query like '%place_v2%' and ($1::int is null or pid = $1)
                       and query_start > timestamptz 'epoch' + $2::bigint * interval '1 microsecond'
                       and (not $3::boolean or wait_event_type = 'Lock') limit 1
                    """, pid, moment, waits
                ).first
                if let row { return try row.int32(0) }
            }
            return nil
        }
    }

    /// No session of a server came to where it was awaited.
    struct Unseen: Error {}
}
