// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

extension CatalogStore {
    /// As `offers(_:)`, with what the sellers agreed with a company: of the lists that are for it and in force, the newest one
    /// that has the variant. Agreed prices and the offers' versions are of one moment, so that an order is judged by both.
    ///
    /// - Cost: one statement; a look-up more for each variant.
    func offers(_ variants: [VariantID], for company: CompanyID) async throws(PostgresError) -> [Offer] {
        var parameters = PostgresParameters()
        parameters.appendArray(variants) { $0.rawValue }
        parameters.append(company.rawValue)
        let rows = try await client.query(
            """
            select v.id, v.product_id, v.seller_id, s.name, s.state_code, v.sku, p.title, p.slug,
                   coalesce(p.images->0->'thumbnails'->>'small', p.images->0->>'url'), v.options, v.currency,
                   v.price_minor, v.tiers, v.min_quantity, v.max_quantity, v.step, p.gst_rate_bps, p.hsn_code,
                   k.offer_version, k.sellable, k.on_hand - k.reserved, g.ancestor_ids, coalesce(a.tiers, '[]'), a.list_id
              from catalog.variants v
              join catalog.products p on p.id = v.product_id
              join catalog.seller_cards s on s.id = v.seller_id
              join inventory.stock k on k.variant_id = v.id
              join catalog.categories g on g.id = p.category_id
              left join lateral (select e.tiers, e.list_id
                                   from catalog.price_list_companies c
                                   join catalog.price_lists l on l.id = c.list_id
                                   join catalog.price_list_entries e on e.list_id = l.id
                                  where c.company_id = $2 and l.in_force and l.currency = v.currency
                                    and l.seller_id = v.seller_id and e.variant_id = v.id
                                  order by l.id desc limit 1) a on true
             where v.id = any($1) and v.status = 'active' and p.status <> 'archived'
               and p.moderation in ('approved', 'pending_review_changes')
            """, with: parameters)
        var offers: [Offer] = []
        offers.reserveCapacity(rows.count)
        for row in rows {
            let agreed = try Self.tiers(row, 22).map { Offer.Tier(minQuantity: $0.minQuantity, price: $0.price) }
            let list = try row.int64OrNil(23).map { PriceListID(rawValue: $0) }
            offers.append(try Self.offer(row, agreed: agreed, of: list))
        }
        return offers
    }
}
