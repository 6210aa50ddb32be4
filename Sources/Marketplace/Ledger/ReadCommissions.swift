// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/commission/get/`: rules in force, to come and of the past; or which one applies to a product and why.
struct ReadCommissions: Sendable {
    static let path = "/api/admin/commission/get/"
    static let parameters = ["scope", "category_id", "seller_id", "product_id", "at"]

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = request.query
        let type = try query.single("scope", expected: "a scope's type") { CommissionScopeType(rawValue: $0) }
        let at = try query.single("at", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        let moment = at ?? dependencies.clock.now()
        let category: CategoryID? = try Self.id(query, "category_id")
        let seller: SellerID? = try Self.id(query, "seller_id")
        let product: ProductID? = try Self.id(query, "product_id")
        let store = CommissionStore(client: dependencies.pool)
        if type == nil, let product, let seller {
            return try await explain(product, seller, moment, store)
        }
        let rules = try await store.rules(type, category: category, seller: seller, product: product)
        return Self.answer(rules, at: moment)
    }

    private func explain(
        _ product: ProductID, _ seller: SellerID, _ moment: Timestamp, _ store: CommissionStore
    ) async throws -> HTTPResponse {
        guard let sale = try await dependencies.ports.sale(product) else { throw Problem(.notFound) }
        let asked = CommissionRules.Sale(product: product, seller: seller, categories: sale.categories)
        let rules = try await store.rules(for: asked)
        let applies = rules.rule(for: asked, at: moment)
        return .json { json in
            json.key("applies")
            if let applies { json.value(ShownCommission(rule: applies)) } else { json.null() }
            json.array("considered") { json in
                for considered in rules.considered(for: asked, at: moment) {
                    json.object { json in
                        json.field("rule", ShownCommission(rule: considered.rule))
                        json.field("matched", considered.isMatched)
                        json.field("why", considered.why)
                    }
                }
            }
        }
    }

    /// Newest first; a version that was replaced before it began is history.
    private static func answer(_ rules: [CommissionRule], at moment: Timestamp) -> HTTPResponse {
        let sorted = CommissionRules(rules)
        let current = rules.filter { sorted.inForce($0.scope, moment)?.id == $0.id }
        let upcoming = rules.filter { $0.effectiveFrom > moment && $0.effectiveTo.map { $0 > moment } ?? true }
            .filter { $0.effectiveTo != $0.effectiveFrom }
        let others = Set(current.map(\.id)).union(upcoming.map(\.id))
        return .json { json in
            json.array("in_force") { json in
                for rule in current { json.value(ShownCommission(rule: rule)) }
            }
            json.array("upcoming") { json in
                for rule in upcoming { json.value(ShownCommission(rule: rule)) }
            }
            json.array("history") { json in
                for rule in rules where !others.contains(rule.id) { json.value(ShownCommission(rule: rule)) }
            }
        }
    }

    private static func id<Kind: IDKind>(_ query: QueryItems, _ name: String) throws -> ID<Kind>? {
        guard let text = try query.single(name) else { return nil }
        guard let id = ID<Kind>(text) else { throw Problem(.notFound) }
        return id
    }
}
