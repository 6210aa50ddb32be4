// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ProductStore {
    /// Variants on one page: a page that would show more ends early, and its cursor goes on there.
    static let variantsOnPageMax = 2500

    /// A page of products, the newest or the oldest first, with one more than the limit when there are more; without their variants.
    ///
    /// - Cost: one statement. Of one seller or without filters an index leads it; what else is asked for is looked for from the
    ///   newest on.
    func summaries(
        _ filter: ProductListFilter, after: (createdAt: Timestamp, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> [ProductSummary] {
        var parameters = PostgresParameters()
        parameters.append(limit + 1)
        parameters.append(after.map { PostgresTimestamp(microseconds: $0.createdAt.microseconds) })
        parameters.append(after?.id.rawValue)
        parameters.append(filter.listings.map { $0.map(\.rawValue) })
        parameters.append(filter.moderations.map { $0.map(\.rawValue) })
        parameters.append(filter.category?.rawValue)
        parameters.append(filter.stock?.rawValue)
        parameters.append(filter.pattern)
        filter.periods.append(to: &parameters)
        if let seller = filter.seller { parameters.append(seller.rawValue) }
        let rows = try await client.query(
            ProductListSQL.statement(ofSeller: filter.seller != nil, isOldestFirst: filter.isOldestFirst),
            with: parameters)
        var summaries: [ProductSummary] = []
        summaries.reserveCapacity(rows.count)
        for row in rows { summaries.append(try Self.summary(row)) }
        return summaries
    }

    /// The same products as far as a page has room for their variants, at least one, with them.
    func filled(_ summaries: [ProductSummary], limit: Int) async throws(PostgresError) -> [ProductSummary] {
        var room = Self.variantsOnPageMax
        var page: [ProductSummary] = []
        for summary in summaries.prefix(limit) {
            room -= summary.variantCount
            if room < 0, !page.isEmpty { break }
            page.append(summary)
        }
        let variants = page.isEmpty ? [:] : try await variants(of: page.map(\.id))
        for index in page.indices { page[index].variants = variants[page[index].id] ?? [] }
        return page
    }

    static func summary(_ row: PostgresRow) throws(PostgresError) -> ProductSummary {
        ProductSummary(
            id: ProductID(rawValue: try row.int64(0)), slug: try row.string(1), title: try row.string(2),
            thumbnailURL: try row.stringOrNil(3), seller: SellerID(rawValue: try row.int64(4)),
            sellerName: try row.string(5), category: CategoryID(rawValue: try row.int64(6)),
            currency: try CatalogStore.currency(row, 7), price: try row.int64OrNil(8), priceIsFrom: try row.bool(9),
            listing: try row.string(10), moderation: try row.string(11), moderationReason: try row.stringOrNil(12),
            revision: try row.int(13), createdAt: Timestamp(microseconds: try row.timestamp(14)),
            updatedAt: Timestamp(microseconds: try row.timestamp(15)), version: try row.int64(16),
            variantCount: try row.int(17))
    }
}

/// The texts of the lists' statements.
enum ProductListSQL {
    /// What `ProductStore.summary` reads.
    static let columns = """
        p.id, p.slug, p.title, coalesce(p.images->0->'thumbnails'->>'small', p.images->0->>'url'), p.seller_id, s.name,
        p.category_id, p.currency, p.price_min_minor, p.price_is_from, p.status, p.moderation, p.moderation_reason,
        p.revision, p.created_at, p.updated_at, p.version,
        (select count(*) from catalog.variants v where v.product_id = p.id and v.status <> 'archived')
        """

    private static let units = """
        (select max(k.on_hand - k.reserved) from catalog.variants v join inventory.stock k on k.variant_id = v.id
          where v.product_id = p.id and v.status = 'active')
        """

    private static let conditions = """
        ($4::text[] is null or p.status = any($4)) and ($5::text[] is null or p.moderation = any($5))
        and ($6::bigint is null or p.category_id in (
              select c.id from catalog.categories c where $6 = any(c.ancestor_ids)))
        and ($7::text is null
             or $7 = 'in' and \(units) > 0
             or $7 = 'out' and coalesce(\(units), 0) <= 0
             or $7 = 'low' and exists (
                  select 1 from catalog.variants v join inventory.stock k on k.variant_id = v.id
                   where v.product_id = p.id and v.status = 'active' and k.on_hand - k.reserved between 1 and k.low_at))
        and ($8::text is null or p.title ilike '%' || $8 || '%' or p.slug like lower($8) || '%'
             or exists (select 1 from catalog.variants v where v.product_id = p.id and v.sku ilike $8 || '%'))
        and \(ProductPeriods.conditions(from: 9))
        """

    private static let ofSeller = [newest(isOfSeller), oldest(isOfSeller)]
    private static let ofAll = [newest(""), oldest("")]
    /// Of one seller: `$13`.
    private static let isOfSeller = "p.seller_id = $13 and"

    /// Every list is planned for itself, so that each follows its own index.
    static func statement(ofSeller isOfOne: Bool, isOldestFirst: Bool) -> PostgresSQL {
        (isOfOne ? ofSeller : ofAll)[isOldestFirst ? 1 : 0]
    }

    private static func newest(_ first: String) -> PostgresSQL {
        list(first, follows: "<", order: "p.created_at desc, p.id desc")
    }

    private static func oldest(_ first: String) -> PostgresSQL {
        list(first, follows: ">", order: "p.created_at, p.id")
    }

    private static func list(_ first: String, follows: String, order: String) -> PostgresSQL {
        PostgresSQL(
            text: """
                select \(columns) from catalog.products p join catalog.seller_cards s on s.id = p.seller_id
                 where \(first) ($2::timestamptz is null or (p.created_at, p.id) \(follows) ($2, $3::bigint))
                   and \(conditions)
                 order by \(order) limit $1
                """)
    }
}
