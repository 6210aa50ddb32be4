// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

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
                    let isLate = try await Sessions.whileStockIsHeld(in: shop) { sessions in
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
}
