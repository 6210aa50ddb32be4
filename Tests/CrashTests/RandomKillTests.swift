// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import TestSupport
import Testing

/// SIGKILL in the middle of whatever is going on, again and again: orders, payments, refunds of admins, disputes of banks.
///
/// The moments are counted in acknowledged orders and repeat with the seed. `MVE_CRASH_ROUNDS` sets the number of kills,
/// `MVE_CRASH_SEED` another run of them.
@Suite(.timeLimit(.minutes(60)), .serialized) struct RandomKillTests {
    /// With two, only the first dies: who was with it asks the second at once, while the first one's sessions in the
    /// database may still be at work.
    @Test(arguments: [1, 2]) func nothingIsLost(servers: Int) async throws {
        let rounds = Self.setting("MVE_CRASH_ROUNDS", default: 6)
        let seed = Self.setting("MVE_CRASH_SEED", default: 1)
        var random = SeededRandom(seed: UInt64(seed))
        let moments = (0..<rounds).map { _ in Int.random(in: 1...30, using: &random) }
        try await CrashShop.with(servers: servers) { shop in
            let shoppers = try await Shopper.make(16, in: shop)
            let office = try await Office(shoppers, seed: UInt64(seed), in: shop)
            for number in 0..<servers { try await shop.start(number) }
            try await shop.open(to: shoppers, office) {
                for moment in moments {
                    await shop.progress.orders(more: moment)
                    try await shop.kill()
                    try await Comparison.checkInvariants(shop)
                    try await shop.start()
                }
                await shop.progress.orders(more: shoppers.count)
            }
            let count = try await Comparison(shop: shop, shoppers: shoppers, office: office).run()
            print("\(rounds) kills of one of \(servers): \(count); refunds refused: \(await office.refusals)")
        }
    }

    static func setting(_ name: String, default fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
    }
}
