// SPDX-License-Identifier: Apache-2.0
import MarketCore
public import Postgres

/// The SQL of commission rules.
public struct CommissionStore: Sendable {
    /// Versions that are in force or yet to come, of all scopes: a rule for each of some thousand sellers, and more.
    static let rulesMax: Int64 = 20_000
    /// Versions that one answer shows.
    static let shownMax: Int64 = 500

    let client: any PostgresClient

    /// Makes a store over a client of the calling loop.
    public init(client: any PostgresClient) {
        self.client = client
    }

    private static let columns = """
        r.id, r.scope, r.category_id, r.seller_id, r.product_id, r.version, r.rate_bps, r.fixed_fee_minor, r.min_fee_minor,
        r.max_fee_minor, r.currency, r.include_shipping, r.gst_rate_bps, r.effective_from, r.effective_to, r.note, r.set_by
        """

    private enum SQL {
        static let current = PostgresSQL(
            text: """
                select \(columns) from ledger.commission_rules r
                 where r.effective_to is null or (r.effective_to > now() and r.effective_to > r.effective_from)
                 order by r.id limit $1
                """)
        static let byID = PostgresSQL(text: "select \(columns) from ledger.commission_rules r where r.id = $1")
        static let ofSeller = PostgresSQL(
            text: """
                select \(columns) from ledger.commission_rules r
                 where (r.scope = 'global' or r.scope = 'seller' and r.seller_id = $1)
                   and r.effective_from <= now() and (r.effective_to is null or r.effective_to > now())
                 order by r.scope = 'global', r.version desc limit 1
                """)
        static let ofScopes = PostgresSQL(
            text: """
                select \(columns) from ledger.commission_rules r
                 where ($1::text is null or r.scope = $1) and ($2::bigint is null or r.category_id = $2)
                   and ($3::bigint is null or r.seller_id = $3) and ($4::bigint is null or r.product_id = $4)
                 order by r.id desc limit $5
                """)
        static let ofSale = PostgresSQL(
            text: """
                select \(columns) from ledger.commission_rules r
                 where r.scope = 'global' or r.product_id = $1 or (r.scope = 'seller' and r.seller_id = $2)
                    or (r.scope = 'category' and r.category_id = any ($3))
                    or (r.scope = 'seller_category' and r.seller_id = $2 and r.category_id = any ($3))
                 order by r.id desc limit $4
                """)
    }

    /// What counts from now on: versions that have not ended.
    func current() async throws(PostgresError) -> CommissionRules {
        CommissionRules(try Self.rules(try await client.query(SQL.current, Self.rulesMax)))
    }

    /// One version.
    func rule(_ id: CommissionID) async throws(PostgresError) -> CommissionRule? {
        try Self.rules(try await client.query(SQL.byID, id.rawValue)).first
    }

    /// What is in force for a seller as a whole, by the database's clock.
    func inForce(for seller: SellerID) async throws(PostgresError) -> CommissionRule? {
        try Self.rules(try await client.query(SQL.ofSeller, seller.rawValue)).first
    }

    /// Versions of the scopes that fit what is asked for, newest first; nil fits any.
    func rules(
        _ type: CommissionScopeType?, category: CategoryID?, seller: SellerID?, product: ProductID?
    ) async throws(PostgresError) -> [CommissionRule] {
        try Self.rules(
            try await client.query(
                SQL.ofScopes, type?.rawValue, category?.rawValue, seller?.rawValue, product?.rawValue, Self.shownMax))
    }

    /// Every version that is for this sale, or was, or will be.
    func rules(for sale: CommissionRules.Sale) async throws(PostgresError) -> CommissionRules {
        CommissionRules(
            try Self.rules(
                try await client.query(
                    SQL.ofSale, sale.product.rawValue, sale.seller.rawValue, sale.categories.map(\.rawValue),
                    Self.shownMax)))
    }

    /// Makes the next version of a scope and closes the one before.
    ///
    /// - Returns: nil where the rule would begin in the past; the transaction is then good for nothing but being undone.
    func set(_ rule: NewCommission, by admin: UserID) async throws(PostgresError) -> CommissionID? {
        do {
            return CommissionID(rawValue: try await insert(rule, by: admin).int64(0))
        } catch  where error.sqlstate == "MP013" {
            return nil
        }
    }

    private func insert(_ rule: NewCommission, by admin: UserID) async throws(PostgresError) -> PostgresRow {
        try await client.query(
            """
            select ledger.set_commission_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """, rule.scope.type.rawValue, rule.scope.category?.rawValue, rule.scope.seller?.rawValue,
            rule.scope.product?.rawValue, rule.rate.rawValue, rule.fixedFee, rule.minFee, rule.maxFee,
            rule.includesShipping, rule.gstRate.rawValue,
            PostgresTimestamp(microseconds: rule.effectiveFrom.microseconds),
            rule.effectiveTo.map { PostgresTimestamp(microseconds: $0.microseconds) }, rule.note, admin.rawValue
        ).only()
    }

    private static func rules(_ rows: PostgresRows) throws(PostgresError) -> [CommissionRule] {
        var rules: [CommissionRule] = []
        for row in rows { rules.append(try rule(row)) }
        return rules
    }

    private static func rule(_ row: PostgresRow) throws(PostgresError) -> CommissionRule {
        let category = try row.int64OrNil(2).map { CategoryID(rawValue: $0) }
        let seller = try row.int64OrNil(3).map { SellerID(rawValue: $0) }
        let product = try row.int64OrNil(4).map { ProductID(rawValue: $0) }
        guard let type = CommissionScopeType(rawValue: try row.string(1)),
            let scope = CommissionRule.Scope(type, category: category, seller: seller, product: product),
            let rate = BasisPoints(try row.int32(6)), let currency = Currency(try row.string(10))
        else { throw PostgresError(.decoding, outcome: .notExecuted, "a commission rule cannot be read") }
        return CommissionRule(
            id: CommissionID(rawValue: try row.int64(0)), scope: scope, version: try row.int(5), rate: rate,
            fixedFee: try row.int64(7), minFee: try row.int64OrNil(8), maxFee: try row.int64OrNil(9),
            currency: currency, includesShipping: try row.bool(11),
            gstRate: try row.int32OrNil(12).flatMap { BasisPoints($0) },
            effectiveFrom: Timestamp(microseconds: try row.timestamp(13)),
            effectiveTo: try row.timestampOrNil(14).map { Timestamp(microseconds: $0) }, note: try row.string(15),
            setBy: try row.int64OrNil(16).map { UserID(rawValue: $0) })
    }
}
