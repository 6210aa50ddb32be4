// SPDX-License-Identifier: Apache-2.0

/// One version of the rule by which sellers owe a commission; what it says never changes.
///
/// What it comes to is computed where the sale is booked (migration 0061): for each line half-up(taxable value × rate) + fixed fee × quantity,
/// no less than the least fee and no more than the greatest.
public struct CommissionRule: Equatable, Sendable {
    /// What a rule is for.
    public enum Scope: Hashable, Sendable {
        /// Everything that is sold.
        case global
        /// What is in a category or below it.
        case category(CategoryID)
        /// What a seller sells.
        case seller(SellerID)
        /// What a seller sells in a category or below it.
        case sellerCategory(SellerID, CategoryID)
        /// A product.
        case product(ProductID)
    }

    /// The id of this very version.
    public let id: CommissionID
    /// What it is for.
    public let scope: Scope
    /// Counts the versions of the scope from 1.
    public let version: Int
    /// The rate, 0…5000.
    public let rate: BasisPoints
    /// For each unit, in minor units.
    public let fixedFee: Int64
    /// The least fee of a line.
    public let minFee: Int64?
    /// The greatest fee of a line.
    public let maxFee: Int64?
    /// The currency of the fees.
    public let currency: Currency
    /// Whether the rate is taken of the shipping as well.
    public let includesShipping: Bool
    /// Tax on the commission; nil: the rate of the day on which the sale is earned.
    public let gstRate: BasisPoints?
    /// In force from here on.
    public let effectiveFrom: Timestamp
    /// In force before that; nil: without an end.
    public let effectiveTo: Timestamp?
    /// Why, in the words of whoever set it.
    public let note: String
    /// Who set it; nil: agreed when the seller was approved.
    public let setBy: UserID?

    /// States a version.
    public init(
        id: CommissionID, scope: Scope, version: Int, rate: BasisPoints, fixedFee: Int64, minFee: Int64?,
        maxFee: Int64?, currency: Currency, includesShipping: Bool, gstRate: BasisPoints?, effectiveFrom: Timestamp,
        effectiveTo: Timestamp?, note: String, setBy: UserID?
    ) {
        self.id = id
        self.scope = scope
        self.version = version
        self.rate = rate
        self.fixedFee = fixedFee
        self.minFee = minFee
        self.maxFee = maxFee
        self.currency = currency
        self.includesShipping = includesShipping
        self.gstRate = gstRate
        self.effectiveFrom = effectiveFrom
        self.effectiveTo = effectiveTo
        self.note = note
        self.setBy = setBy
    }

    /// Whether the version's time is now; of several versions of a scope, the newest of them is in force.
    public func isInForce(at moment: Timestamp) -> Bool {
        effectiveFrom <= moment && effectiveTo.map { moment < $0 } ?? true
    }
}

/// What is frozen of a commission rule on a line of an order.
public struct CommissionTerms: Hashable, Sendable {
    /// The version that applies.
    public let rule: CommissionID
    /// Its rate.
    public let rate: BasisPoints

    /// States terms.
    public init(rule: CommissionID, rate: BasisPoints) {
        self.rule = rule
        self.rate = rate
    }
}
