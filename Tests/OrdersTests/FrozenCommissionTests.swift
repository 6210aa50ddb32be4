// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct FrozenCommissionTests {
    private typealias Fixture = OrdersFixture

    private static func rule(_ id: Int64, _ scope: CommissionRule.Scope, _ rate: Int32, from: Timestamp)
        -> CommissionRule
    {
        CommissionRule(
            id: CommissionID(rawValue: id), scope: scope, version: 1, rate: BasisPoints(rate) ?? .zero, fixedFee: 0,
            minFee: nil, maxFee: nil, currency: .inr, includesShipping: false, gstRate: nil, effectiveFrom: from,
            effectiveTo: nil, note: "x", setBy: nil)
    }

    /// The rug is seller 11's, the lamp seller 12's, both in category 21.
    @Test func theRuleOfTheMomentIsFrozenOnTheLine() async throws {
        try await Fixture.with { shop in
            func order(_ rules: [CommissionRule]) async throws -> String {
                shop.commissions.rules.withLock { $0 = CommissionRules(rules) }
                let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 1)])
                let created = try await shop.create(Fixture.body(version: version, total: 17_700))
                #expect(created.status == 201)
                let row = try await shop.pool.query(
                    """
                    select string_agg(variant_id || ':' || coalesce(commission_rule_id || '/' || commission_rate_bps, '-'),
                                      ' ' order by variant_id)
                      from orders.order_lines where order_id = (select max(id) from orders.orders)
                    """
                ).only()
                return try row.string(0)
            }
            let (past, future) = (Timestamp(seconds: 1_700_000_000), Timestamp(seconds: 3_800_000_000))
            let none = try await order([])
            #expect(none == "41:- 42:-")
            let home = CommissionRule.Scope.category(CategoryID(rawValue: 21))
            let category = try await order([Self.rule(5, home, 1250, from: past)])
            #expect(category == "41:5/1250 42:5/1250")
            let seller = CommissionRule.Scope.seller(SellerID(rawValue: 12))
            let both = try await order([Self.rule(5, home, 1250, from: past), Self.rule(6, seller, 0, from: past)])
            #expect(both == "41:5/1250 42:6/0")
            let upcoming = try await order([
                Self.rule(5, home, 1250, from: past), Self.rule(6, seller, 0, from: future),
            ])
            #expect(upcoming == "41:5/1250 42:5/1250")
        }
    }
}
