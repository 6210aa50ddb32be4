// SPDX-License-Identifier: Apache-2.0
public import Redis
import Synchronization

/// Buckets in Redis: one key each, which holds the instant (microseconds of Redis's own clock) when the bucket is full, and
/// is gone by then.
///
/// - Isolation: used on the loop of its client.
public final class RedisRateLimits: SharedRateLimits {
    private let redis: RedisClient
    private let prefix: [UInt8]
    /// The script's name once Redis has it.
    private let loaded = Mutex<[UInt8]?>(nil)

    /// The generic cell rate algorithm, atomic because a script is. Of a bucket that runs low it hands out a quarter at a
    /// time: the rest is for other processes. `KEYS[1]`; `ARGV`: interval, window and known debt in microseconds, wanted.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, window, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
        local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now + tonumber(ARGV[3]))
        local free = math.floor((now + window - full) / interval)
        local granted = math.min(want, math.max(1, math.floor(free / 4)), math.max(0, free))
        if granted > 0 then
            full = full + granted * interval
            redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
        end
        return {granted, full - now}
        """

    /// - Parameter installation: what keeps the buckets of installations apart that share a Redis.
    public init(redis: RedisClient, installation: String) {
        self.redis = redis
        prefix = Array("mve:\(installation):limit:".utf8)
    }

    public func take(
        _ policy: RateLimitPolicy, _ budget: RateLimitBudget, of subject: RateLimitSubject, want: Int, debt: UInt64
    ) async -> (granted: Int, debt: UInt64)? {
        // Asked first, so that an outage counts once and not for every request.
        guard await redis.isHealthy else { return nil }
        var key = prefix
        key += policy.rawValue.utf8
        key.append(UInt8(ascii: ":"))
        subject.append(to: &key)
        let arguments = [max(1, budget.interval / 1000), budget.window / 1000, debt / 1000, UInt64(want)].map {
            Array(String($0).utf8)
        }
        guard case .array(let reply) = await run([Array("1".utf8), key] + arguments), reply.count == 2,
            let granted = reply[0].integer, let left = reply[1].integer, granted >= 0, left >= 0
        else { return nil }
        return (Int(granted), UInt64(left) * 1000)
    }

    /// Runs the script; nil when Redis does not answer.
    private func run(_ arguments: [[UInt8]]) async -> RedisValue? {
        do {
            if loaded.withLock({ $0 }) == nil {
                let name = try await redis.command(Self.load).bytes
                loaded.withLock { $0 = name }
            }
            guard let name = loaded.withLock({ $0 }) else { return nil }
            do {
                return try await redis.command([Array("EVALSHA".utf8), name] + arguments)
            } catch RedisError.server(let text) where text.hasPrefix("NOSCRIPT") {
                // Redis started anew, or was told to forget: with its text the script is known again.
                return try await redis.command([Array("EVAL".utf8), Array(Self.script.utf8)] + arguments)
            }
        } catch {
            return nil  // counted where it arose
        }
    }

    private static let load = ["SCRIPT", "LOAD", script].map { Array($0.utf8) }
}
