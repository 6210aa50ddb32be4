// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketHTTP
public import Postgres

extension SellerTableStore {
    /// A variant whose price changes.
    private struct Change {
        let variant: Int64
        let product: Int64
        let before: Int64
        let price: Int64
        let compareAt: Int64?
    }

    /// Sets prices; what is so already is left alone. Products whose prices change have another version, and a row in the audit log, as
    /// if they had been edited one by one.
    ///
    /// - Parameters:
    ///   - prices: by sku; what a price is compared with is not below it.
    ///   - user: who sent the table.
    ///   - reference: what is written down in place of a request, such as the import's id.
    /// - Returns: what became of each sku, and the variants that changed.
    /// - Cost: five statements, and the triggers of the third.
    public static func setPrices(
        _ prices: [String: Price], of seller: SellerID, by user: UserID, as reference: String,
        in transaction: PostgresTransaction
    ) async throws -> (outcomes: [String: Outcome], changed: [VariantID]) {
        var outcomes = prices.mapValues { _ in Outcome.unknown }
        // As everybody does who writes products: the triggers of the update below come to them in any case.
        let products = try await transaction.query(
            """
            select p.id from catalog.products p
             where p.id in (select v.product_id from catalog.variants v
                             where v.seller_id = $1 and v.sku = any ($2) and v.status = 'active')
             order by p.id for no key update
            """, seller.rawValue, Array(prices.keys)
        ).map { try $0.int64(0) }
        let found = try await transaction.query(
            """
            select v.sku, v.id, v.price_minor, v.compare_at_minor, (v.tiers->0->>'price_minor')::bigint, v.currency, v.product_id
              from catalog.variants v
             where v.seller_id = $1 and v.sku = any ($2) and v.status = 'active' and v.product_id = any ($3)
             order by v.id for no key update
            """, seller.rawValue, Array(prices.keys), products)
        var changes: [Change] = []
        for row in found {
            let sku = try row.string(0)
            guard let wanted = prices[sku] else { continue }
            let (outcome, change) = try judge(wanted, row)
            outcomes[sku] = outcome
            if let change { changes.append(change) }
        }
        guard !changes.isEmpty else { return (outcomes, []) }
        try await transaction.execute(
            """
            update catalog.variants v set price_minor = x.price, compare_at_minor = x.compare_at, updated_at = now()
              from unnest($1::bigint[], $2::bigint[], $3::bigint[]) x(variant, price, compare_at) where v.id = x.variant
            """, changes.map(\.variant), changes.map(\.price), changes.map(\.compareAt))
        try await raise(changes, by: user, as: reference, in: transaction)
        return (outcomes, changes.map { VariantID(rawValue: $0.variant) })
    }

    /// What becomes of a row, and what changes with it.
    private static func judge(_ wanted: Price, _ row: PostgresRow) throws -> (Outcome, Change?) {
        // Tiers fall strictly: the first one is the highest.
        if let tier = try row.int64OrNil(4), tier >= wanted.amount { return (.tierNotBelow, nil) }
        let (price, old, currency) = (try row.int64(2), try row.int64OrNil(3), try row.string(5))
        if let meant = wanted.currency, meant != currency { return (.otherCurrency(currency), nil) }
        let compareAt = wanted.keepsCompareAt ? old : wanted.compareAt
        if let compareAt, compareAt < wanted.amount { return (.compareAtBelow, nil) }
        guard price != wanted.amount || old != compareAt else { return (.set, nil) }
        return (
            .set,
            Change(
                variant: try row.int64(1), product: try row.int64(6), before: price, price: wanted.amount,
                compareAt: compareAt)
        )
    }

    /// Raises the products' versions and writes each down.
    private static func raise(
        _ changes: [Change], by user: UserID, as reference: String, in transaction: PostgresTransaction
    ) async throws {
        let byProduct = Dictionary(grouping: changes, by: \.product)
        let rows = try await transaction.query(
            """
            update catalog.products set version = version + 1, updated_at = now() where id = any ($1) returning id, version
            """, byProduct.keys.sorted())
        var records: [AuditRecord] = []
        for row in rows {
            let (product, version) = (try row.int64(0), try row.int64(1))
            let own = byProduct[product] ?? []
            records.append(
                AuditRecord(
                    action: "product.updated", actor: .user(user, ip: nil), entityType: "product", entityID: product,
                    before: state(version - 1, own.map { ($0.variant, $0.before) }),
                    after: state(version, own.map { ($0.variant, $0.price) }), requestID: reference))
        }
        try await AuditLog.append(records.sorted { $0.entityID < $1.entityID }, in: transaction)
    }

    /// A product's version with the prices that differ, as edits write it.
    private static func state(_ version: Int64, _ prices: [(variant: Int64, price: Int64)]) -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.field("version", version)
            json.array("variants") { json in
                for price in prices {
                    json.object { json in
                        json.field("id", VariantID(rawValue: price.variant))
                        json.field("price_minor", price.price)
                    }
                }
            }
        }
        return json.bytes
    }
}
