// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/commission/set/`: the next version of a commission rule; nothing that was ordered before changes.
struct SetCommission: Sendable {
    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try await wanted(request)
        } _: { transaction, wanted in
            let store = CommissionStore(client: transaction)
            let before = try await store.rules(
                wanted.scope.type, category: wanted.scope.category, seller: wanted.scope.seller,
                product: wanted.scope.product
            ).first
            guard let id = try await store.set(wanted, by: caller.user) else {
                throw Problem(
                    .validationFailed,
                    errors: [.init(pointer: "/effective_from", code: "past", message: "now, or later")])
            }
            guard let rule = try await store.rule(id) else { throw Problem(.internalError) }
            let shown = ShownCommission(rule: rule)
            try await AuditLog.append(
                "commission.set", by: caller, in: request, entityType: "commission", entityID: id.rawValue,
                before: before.map { ShownCommission(rule: $0).jsonBytes() }, after: shown.jsonBytes(),
                reason: wanted.note,
                in: transaction)
            return .json(shown, .created)
        } afterCommit: { _ in
            await dependencies.news.announce(.commissions)
        }
    }

    private func wanted(_ request: RequestContext) async throws -> NewCommission {
        let rule = try NewCommission.read(request, now: dependencies.clock.now())
        try await requireKnown(rule.scope)
        return rule
    }

    private func requireKnown(_ scope: CommissionRule.Scope) async throws {
        if let category = scope.category, try await !dependencies.ports.hasCategory(category) {
            throw NewCommission.unknown("/scope/category_id")
        }
        if let seller = scope.seller, try await !dependencies.ports.hasSeller(seller) {
            throw NewCommission.unknown("/scope/seller_id")
        }
        if let product = scope.product, try await dependencies.ports.sale(product) == nil {
            throw NewCommission.unknown("/scope/product_id")
        }
    }
}
