// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension CatalogStore {
    /// What products cost a company, each the cheapest of its variants when the least quantity of it is bought: at the newest of
    /// the seller's lists that are for the company, in force and have the variant, else at the variant's tier, else at its price.
    /// As ``Variant`` shows it to the company, and as carts price it.
    ///
    /// - Returns: nil where the user may not buy for the company. A product that has lost its last variant meanwhile is missing.
    /// - Cost: one statement: the variants of the products by their index, for each a look-up by key in each list that its seller
    ///   made for the company.
    func ownPrices(
        of cards: [ProductCard], by user: UserID, for company: CompanyID
    ) async throws(PostgresError) -> [ProductID: OwnPrice]? {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(company.rawValue)
        parameters.appendArray(cards) { $0.id.rawValue }
        parameters.appendArray(Set(cards.map(\.seller.id))) { $0.rawValue }
        let rows = try await client.query(Self.ownPricesSQL, with: parameters)
        var prices: [ProductID: OwnPrice] = [:]
        for row in rows {
            guard try row.bool(0) else { return nil }
            guard let product = try row.int64OrNil(1) else { continue }
            guard let source = PriceSource(rawValue: try row.string(6)) else {
                throw PostgresError(.decoding, outcome: .notExecuted, "a price comes from nowhere that is known")
            }
            let currency = try Self.currency(row, 2)
            prices[ProductID(rawValue: product)] = OwnPrice(
                price: Money(minor: try row.int64(3), currency: currency),
                compareAtPrice: try row.int64OrNil(4).map { Money(minor: $0, currency: currency) },
                isFrom: try row.bool(5), source: source)
        }
        return prices
    }

    /// `$1` the user, `$2` the company, `$3` products, `$4` their sellers. One row at least, which says whether the user may.
    static let ownPricesSQL = PostgresSQL(
        text: """
            with buyer as materialized (
              select checkout.may_buy_v1($1::bigint, $2::bigint) as may
            ), lists as materialized (
              select l.id, l.seller_id, l.currency
                from catalog.price_list_companies c join catalog.price_lists l on l.id = c.list_id
               where c.company_id = $2 and l.in_force and l.seller_id = any($4::bigint[]) and (select may from buyer)
            ), sold as materialized (
              select v.id, v.product_id, v.position, v.currency, v.price_minor, v.compare_at_minor,
                     a.tiers is not null as is_agreed, \(tier("a.tiers")) as agreed, \(tier("v.tiers")) as tier
                from catalog.variants v
                left join lateral (select e.tiers
                                     from lists l join catalog.price_list_entries e on e.list_id = l.id
                                    where l.seller_id = v.seller_id and l.currency = v.currency and e.variant_id = v.id
                                    order by l.id desc limit 1) a on true
               where v.product_id = any($3::bigint[]) and v.status = 'active' and (select may from buyer)
            ), priced as (
              select distinct on (s.product_id) s.product_id, s.currency, x.price,
                     case when s.compare_at_minor >= x.price then s.compare_at_minor end as compare_at,
                     min(x.price) over product < max(x.price) over product as is_from,
                     case when s.is_agreed then 'company_list' when s.tier is not null then 'tier' else 'base'
                     end as source
                from sold s cross join lateral (select coalesce(s.agreed, s.tier, s.price_minor) as price) x
              window product as (partition by s.product_id)
               order by s.product_id, x.price, s.position, s.id
            )
            select b.may, p.product_id, p.currency, p.price, p.compare_at, p.is_from, p.source
              from buyer b left join priced p on true
            """)

    /// The price of the tier in which the least quantity of the variant `v` lies; null where it lies below all. Most have none.
    private static func tier(_ column: String) -> String {
        """
        case when \(column) <> '[]' then (select (t->>'price_minor')::bigint from jsonb_array_elements(\(column)) t
                                           where (t->>'min_quantity')::int <= v.min_quantity
                                           order by (t->>'min_quantity')::int desc limit 1) end
        """
    }
}
