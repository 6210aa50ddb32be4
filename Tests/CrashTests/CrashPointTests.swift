// SPDX-License-Identifier: Apache-2.0
import MarketCore
import TestSupport
import Testing

/// The server kills itself at every step that a request passes, under load, and is started again on the same database.
///
/// Each restarted server is armed with the next step, so that recovering is crashed into as well.
@Suite(.timeLimit(.minutes(10)), .serialized) struct CrashPointTests {
    /// The steps of one kind of request, crashed into over one database.
    struct Group: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let points: [CrashPoint]

        init(_ prefixes: [String]) {
            testDescription = prefixes.joined(separator: ", ")
            points = CrashPoint.allCases.filter { point in
                prefixes.contains { point.rawValue.hasPrefix($0 + ".") }
            }
        }
    }

    static let groups = [
        Group(["order"]), Group(["cart", "keyed"]), Group(["phased", "initiate"]), Group(["webhook", "payment"]),
        Group(["job", "outbox"]),
    ]

    @Test(arguments: groups) func nothingAcknowledgedIsLostAndNothingIsDoneTwice(group: Group) async throws {
        try await CrashShop.with { shop in
            let shoppers = try await Shopper.make(12, in: shop)
            try await shop.start(crashAt: Self.plan(0, of: group))
            try await shop.open(to: shoppers) {
                for (index, point) in group.points.enumerated() {
                    try await shop.killedItself(at: point)
                    try await Comparison.checkInvariants(shop)
                    let next = index + 1
                    try await shop.start(crashAt: next < group.points.count ? Self.plan(next, of: group) : nil)
                }
                await shop.progress.orders(more: shoppers.count)
            }
            let count = try await Comparison(shop: shop, shoppers: shoppers).run()
            print("\(group.points.count) crashes at steps of \(group.testDescription): \(count)")
        }
    }

    @Test func everyStepBelongsToAGroup() {
        // No shopper passes those of refunds, disputes and captures: they have tests of their own.
        let grouped =
            Self.groups.flatMap(\.points) + RefundCrashTests.points + DisputeCrashTests.points
            + CaptureCrashTests.points
        #expect(grouped.count == CrashPoint.allCases.count && Set(grouped) == Set(CrashPoint.allCases))
    }

    /// Now the first passage, now one in the thick of it.
    private static func plan(_ index: Int, of group: Group) -> String {
        "\(group.points[index].rawValue):\(1 + index * 5 % 7)"
    }
}
