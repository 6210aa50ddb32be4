// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// A batch's session in the database ends before its reply, and both the server and the database live on: the batch is sent
/// again, unchanged, until it is answered (hot path rule 7).
///
/// Sessions are ended while they wait for the stock, so that it is always a batch that loses its reply.
@Suite(.timeLimit(.minutes(10))) struct LostReplyTests {
    @Test func aBatchWithoutAReplyIsSentAgainUnchanged() async throws {
        try await CrashShop.with { shop in
            let shoppers = try await Shopper.make(12, in: shop)
            try await shop.start()
            try await shop.open(to: shoppers) {
                // A session that the lock's time-out (1 s) was faster to end needs another try.
                var ended = 0
                for _ in 0..<20 where ended < 5 {
                    await shop.progress.orders(more: shoppers.count)
                    let isEnded = try await Sessions.whileStockIsHeld(in: shop) { try await $0.endStuckWriter() }
                    if isEnded { ended += 1 }
                }
                #expect(ended == 5)
                await shop.progress.orders(more: shoppers.count)
            }
            let count = try await Comparison(shop: shop, shoppers: shoppers).run()
            print("5 batches without a reply: \(count)")
        }
    }
}
