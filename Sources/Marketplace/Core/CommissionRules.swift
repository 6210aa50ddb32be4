// SPDX-License-Identifier: Apache-2.0

/// The versions of all commission rules at one moment, by what they are for.
///
/// A rule for a product goes before one for a seller in a category, that before one for a seller, that before one for a category, and the
/// global one is last; of categories the nearest to the product goes first.
///
/// - Cost: a rule is found in as many look-ups as the product has categories above it, and a few.
public struct CommissionRules: Sendable {
    /// What is sold, as rules see it.
    public struct Sale: Hashable, Sendable {
        /// The product.
        public let product: ProductID
        /// Who sells it.
        public let seller: SellerID
        /// The category of the product and those above it, the root first.
        public let categories: [CategoryID]

        /// States what is sold.
        public init(product: ProductID, seller: SellerID, categories: [CategoryID]) {
            self.product = product
            self.seller = seller
            self.categories = categories
        }
    }

    /// A version that could have applied, and why it does or does not.
    public struct Considered: Sendable {
        /// The version.
        public let rule: CommissionRule
        /// Whether it is in force for what is sold, applied or not.
        public let isMatched: Bool
        /// Why, in words.
        public let why: String
    }

    /// No rules: nothing is owed.
    public static let none = CommissionRules([])

    /// The versions of each scope, newest first.
    private let versions: [CommissionRule.Scope: [CommissionRule]]

    /// Sorts versions by what they are for.
    public init(_ rules: [CommissionRule]) {
        versions = Dictionary(grouping: rules, by: \.scope).mapValues { $0.sorted { $0.version > $1.version } }
    }

    /// What is frozen on a line of an order for this offer.
    public func terms(of offer: Offer, at moment: Timestamp) -> CommissionTerms? {
        if versions.isEmpty { return nil }
        return rule(
            for: Sale(product: offer.product, seller: offer.seller, categories: offer.categories), at: moment
        ).map { CommissionTerms(rule: $0.id, rate: $0.rate) }
    }

    /// The rule that applies; nil where there is none.
    public func rule(for sale: Sale, at moment: Timestamp) -> CommissionRule? {
        if let rule = inForce(.product(sale.product), moment) { return rule }
        for category in sale.categories.reversed() {
            if let rule = inForce(.sellerCategory(sale.seller, category), moment) { return rule }
        }
        if let rule = inForce(.seller(sale.seller), moment) { return rule }
        for category in sale.categories.reversed() {
            if let rule = inForce(.category(category), moment) { return rule }
        }
        return inForce(.global, moment)
    }

    /// The version of a scope that is in force.
    public func inForce(_ scope: CommissionRule.Scope, _ moment: Timestamp) -> CommissionRule? {
        versions[scope]?.first { $0.isInForce(at: moment) }
    }

    /// Every version whose scope fits what is sold, the first that applies before the others.
    public func considered(for sale: Sale, at moment: Timestamp) -> [Considered] {
        let applies = rule(for: sale, at: moment)
        return Self.scopes(of: sale).flatMap { scope in
            let current = inForce(scope, moment)
            return (versions[scope] ?? []).map { version in
                let why =
                    if version.id == applies?.id {
                        "the most specific rule in force"
                    } else if version.id == current?.id {
                        "in force, and a more specific rule applies"
                    } else if version.effectiveFrom > moment {
                        "begins later"
                    } else if version.isInForce(at: moment) {
                        "replaced by a newer version"
                    } else {
                        "ended"
                    }
                return Considered(rule: version, isMatched: version.id == current?.id, why: why)
            }
        }
    }

    /// What may be for this sale, by precedence.
    private static func scopes(of sale: Sale) -> [CommissionRule.Scope] {
        let nearest = sale.categories.reversed()
        return [.product(sale.product)] + nearest.map { .sellerCategory(sale.seller, $0) } + [.seller(sale.seller)]
            + nearest.map { .category($0) } + [.global]
    }
}
