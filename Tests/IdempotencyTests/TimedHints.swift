// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Synchronization
import UVRuntime

/// Redis, whose times to live pass by the test's clock.
struct TimedHints: AnswerHints {
    /// What all servers of a shop share.
    final class Ends: Sendable {
        let all = Mutex<[Hash32: UInt64]>([:])
    }

    let redis: RedisAnswers
    let clock: SkippingClock
    let ends: Ends

    func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? {
        guard let end = ends.all.withLock({ $0[digest] }), end > clock.now else { return nil }
        return await redis.answer(for: digest)
    }

    func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {
        let end = clock.now &+ duration.wholeMilliseconds &* 1_000_000
        ends.all.withLock { $0[digest] = end }
        redis.remember(digest, fingerprint, answer, for: duration)
    }
}
