// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres

extension CatalogStore {
    /// What is offered for the variants that exist, sellable or not, as committed when the statement runs. What is archived is
    /// not offered any more, what was never approved not yet: buyers are told as little of it as of what does not exist.
    ///
    /// - Cost: one statement, five look-ups by key for each variant.
    func offers(_ variants: [VariantID]) async throws(PostgresError) -> [Offer] {
        var parameters = PostgresParameters()
        parameters.appendArray(variants) { $0.rawValue }
        let rows = try await client.query(
            """
            select v.id, v.product_id, v.seller_id, s.name, s.state_code, v.sku, p.title, p.slug,
                   coalesce(p.images->0->'thumbnails'->>'small', p.images->0->>'url'), v.options, v.currency,
                   v.price_minor, v.tiers, v.min_quantity, v.max_quantity, v.step, p.gst_rate_bps, p.hsn_code,
                   k.offer_version, k.sellable, k.on_hand - k.reserved, g.ancestor_ids
              from catalog.variants v
              join catalog.products p on p.id = v.product_id
              join catalog.seller_cards s on s.id = v.seller_id
              join inventory.stock k on k.variant_id = v.id
              join catalog.categories g on g.id = p.category_id
             where v.id = any($1) and v.status = 'active' and p.status <> 'archived'
               and p.moderation in ('approved', 'pending_review_changes')
            """, with: parameters)
        var offers: [Offer] = []
        offers.reserveCapacity(rows.count)
        for row in rows { offers.append(try Self.offer(row)) }
        return offers
    }

    /// The offer of a row with these columns.
    static func offer(
        _ row: PostgresRow, agreed: [Offer.Tier] = [], of list: PriceListID? = nil
    ) throws(PostgresError) -> Offer {
        guard let taxRate = BasisPoints(try row.int32(16)) else {
            throw PostgresError(.decoding, outcome: .notExecuted, "the catalogue holds a malformed tax rate")
        }
        return Offer(
            variant: VariantID(rawValue: try row.int64(0)), product: ProductID(rawValue: try row.int64(1)),
            seller: SellerID(rawValue: try row.int64(2)), sellerName: try row.string(3),
            sellerState: try row.stringOrNil(4), sku: try row.string(5), title: try row.string(6),
            slug: try row.string(7), thumbnailURL: try row.stringOrNil(8), options: try row.bytes(9),
            currency: try currency(row, 10), price: try row.int64(11),
            tiers: try tiers(row, 12).map { Offer.Tier(minQuantity: $0.minQuantity, price: $0.price) },
            minQuantity: try row.int(13), maxQuantity: try row.intOrNil(14), step: try row.int(15), taxRate: taxRate,
            hsnCode: try row.string(17), version: try row.int64(18), sellable: try row.bool(19),
            available: try row.int(20), agreed: agreed, agreedList: list,
            categories: try row.decode(21, as: [Int64].self).map(CategoryID.init(rawValue:)))
    }
}
