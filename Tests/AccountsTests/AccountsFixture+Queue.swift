// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Synchronization

/// Requests that meet at a row.
extension AccountsFixture {
    private final class Ended: Sendable {
        let count = Mutex(0)
    }

    /// Holds a user's row until every request has come as far as it can without: the first one goes on first, as the database's queue
    /// has it.
    ///
    /// - Parameter requests: at most three, each with one of the pool's four connections.
    /// - Returns: their answers, in the same order.
    func meeting(
        at user: UserID, _ requests: [@Sendable () async throws -> Answer]
    ) async throws -> [Answer] {
        let ended = Ended()
        let begun = try await pool.withTransaction { transaction in
            try await transaction.execute(
                "select id from accounts.users where id = $1 order by id for update", user.rawValue)
            var begun: [Task<Answer, any Error>] = []
            for request in requests {
                begun.append(
                    Task {
                        defer { ended.count.withLock { $0 += 1 } }
                        return try await request()
                    })
                let waiting: PostgresSQL =
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                // Not over the connections that the requests wait with.
                while try await pool.reads.query(waiting).only().int(0) + ended.count.withLock({ $0 }) < begun.count {}
            }
            return begun
        }
        var answers: [Answer] = []
        for task in begun { answers.append(try await task.value) }
        return answers
    }
}
