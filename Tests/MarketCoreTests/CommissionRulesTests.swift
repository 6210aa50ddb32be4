// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct CommissionRulesTests {
    private static let product = ProductID(rawValue: 1)
    private static let seller = SellerID(rawValue: 2)
    private static let above = CategoryID(rawValue: 3)
    private static let nearest = CategoryID(rawValue: 4)
    private static let sale = CommissionRules.Sale(product: product, seller: seller, categories: [above, nearest])
    /// From the first that applies to the last.
    private static let scopes: [CommissionRule.Scope] = [
        .product(product), .sellerCategory(seller, nearest), .sellerCategory(seller, above), .seller(seller),
        .category(nearest), .category(above), .global,
    ]

    private static func rule(
        _ id: Int64, _ scope: CommissionRule.Scope, version: Int = 1, from: Int64 = 0, to: Int64? = nil
    ) -> CommissionRule {
        CommissionRule(
            id: CommissionID(rawValue: id), scope: scope, version: version, rate: .zero, fixedFee: 0, minFee: nil,
            maxFee: nil, currency: .inr, includesShipping: false, gstRate: nil,
            effectiveFrom: Timestamp(seconds: from), effectiveTo: to.map { Timestamp(seconds: $0) }, note: "x",
            setBy: nil)
    }

    @Test func theMoreSpecificGoesFirst() {
        let now = Timestamp(seconds: 100)
        var rules = Self.scopes.enumerated().map { Self.rule(Int64($0.offset), $0.element) }
        for place in Self.scopes.indices {
            #expect(CommissionRules(rules).rule(for: Self.sale, at: now)?.scope == Self.scopes[place])
            rules.removeFirst()
        }
        #expect(CommissionRules(rules).rule(for: Self.sale, at: now) == nil)
    }

    @Test func ofOthersIsNone() {
        let rules = CommissionRules([
            Self.rule(1, .product(ProductID(rawValue: 9))), Self.rule(2, .seller(SellerID(rawValue: 9))),
            Self.rule(3, .category(CategoryID(rawValue: 9))),
            Self.rule(4, .sellerCategory(SellerID(rawValue: 9), Self.nearest)),
        ])
        #expect(rules.rule(for: Self.sale, at: Timestamp(seconds: 100)) == nil)
        #expect(rules.considered(for: Self.sale, at: Timestamp(seconds: 100)).isEmpty)
    }

    @Test func itsTimeIsNow() {
        let rules = CommissionRules([
            Self.rule(1, .global, version: 1, to: 100), Self.rule(2, .global, version: 2, from: 100, to: 200),
            Self.rule(3, .seller(Self.seller), version: 1, from: 150, to: 150),
        ])
        let ids = [99, 100, 150, 199, 200].map {
            rules.rule(for: Self.sale, at: Timestamp(seconds: $0))?.id.rawValue
        }
        #expect(ids == [1, 2, 2, 2, nil])
        let why = rules.considered(for: Self.sale, at: Timestamp(seconds: 150)).map(\.why)
        #expect(why == ["ended", "the most specific rule in force", "ended"])
        let before = rules.considered(for: Self.sale, at: Timestamp(seconds: 50)).map(\.why)
        #expect(before == ["begins later", "begins later", "the most specific rule in force"])
    }
}
