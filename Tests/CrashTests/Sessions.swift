// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import UVRuntime

/// The servers' sessions in the database, as it sees them.
struct Sessions: Sendable {
    let loop: EventLoop
    let pool: PostgresPool

    /// Locks the stock of everything while the body runs, so that no batch gets past its last statement.
    static func whileStockIsHeld(
        in shop: CrashShop, _ body: @escaping @Sendable (Sessions) async throws -> Bool
    ) async throws -> Bool {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let url = shop.store.url
        let result: Result<Bool, any Error>
        do {
            let value = try await loop.run {
                let pool = PostgresPool(configuration: PostgresConfiguration(url: url), loop: loop)
                let value = try await pool.withTransaction { transaction in
                    _ = try await transaction.query("select from inventory.stock order by variant_id for update")
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

    /// Ends a batch's session that waits for the stock, so that its server gets no reply and nothing was committed.
    func endStuckWriter() async throws -> Bool {
        try await loop.run {
            for _ in 0..<Self.looksMax {
                // Seen and ended in one statement: a moment later it may have been refused the lock.
                let row = try await pool.query(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mve-writer'
                       and datname = current_database() and query like '%place_v5%' and wait_event_type = 'Lock' limit 1
                    """
                ).first
                if let row { return try row.bool(0) }
            }
            throw Unseen()
        }
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
                       and datname = current_database() and query like '%place_v5%' and ($1::int is null or pid = $1)
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
