// SPDX-License-Identifier: Apache-2.0
import Redis

/// What Redis says of itself: how many keys were found and how many were not, ever.
struct RedisCounters: Equatable {
    let hits: Int
    let misses: Int

    /// - Throws: `RedisError`, and `BenchError` for an answer without the counters.
    static func read(_ redis: RedisClient) async throws -> RedisCounters {
        let answer = try await redis.command(["INFO", "stats"].map { Array($0.utf8) })
        guard let counters = answer.bytes.flatMap({ RedisCounters(String(decoding: $0, as: UTF8.self)) }) else {
            throw BenchError.unreachable("Redis does not say how many keys it found")
        }
        return counters
    }

    init(hits: Int, misses: Int) {
        self.hits = hits
        self.misses = misses
    }

    init?(_ text: String) {
        var values: [Substring: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":")
            if parts.count == 2 { values[parts[0]] = Int(parts[1]) }
        }
        guard let hits = values["keyspace_hits"], let misses = values["keyspace_misses"] else { return nil }
        self.init(hits: hits, misses: misses)
    }

    /// What is wrong when `replays` answers should have come from a level; nil when the counters agree.
    ///
    /// One in ten may come from elsewhere: a server whose Redis does not answer at once asks PostgreSQL.
    func complaint(until after: RedisCounters, _ level: ReplayTraffic.Level, _ replays: Int) -> String? {
        let (found, missed) = (after.hits - hits, after.misses - misses)
        let isProven =
            switch level {
            case .memory: (found + missed) * 10 <= replays
            case .redis: found * 10 >= replays * 9
            case .postgres: found * 10 <= replays
            }
        return isProven
            ? nil
            : "\(replays) replays should have come from \(level.rawValue), but Redis found \(found) keys and missed \(missed)"
    }
}
