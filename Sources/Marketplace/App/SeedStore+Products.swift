// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension SeedStore {
    /// Where products belong: ids by the positions and names that `SeedProduct` has.
    struct Places {
        let sellers: [Int64]
        let categories: [String: Int64]
    }

    /// How many rows came to be.
    struct Added: Equatable {
        var products = 0
        var variants = 0
    }

    /// Inserts products with their variants, and the units of those variants that were not there before.
    ///
    /// - Limits: 20,000 variants, which is what one call of the stock's writer takes.
    func add(_ products: [SeedProduct], to places: Places) async throws(PostgresError) -> Added {
        guard !products.isEmpty else { return Added() }
        let addedProducts = try await addProducts(products, places)
        let added = try await addVariants(products, places)
        try await fill(products.flatMap(\.variants).filter { added.contains($0.id) })
        return Added(products: addedProducts, variants: added.count)
    }

    private func addProducts(_ products: [SeedProduct], _ places: Places) async throws(PostgresError) -> Int {
        var parameters = PostgresParameters()
        parameters.reserve(parameters: 17, bytes: products.count * 600)
        parameters.appendArray(products) { $0.id }
        parameters.appendArray(products) { places.sellers[$0.seller] }
        parameters.appendOptionalArray(products) { places.categories[$0.category] }
        parameters.appendArray(products) { $0.slug }
        parameters.appendArray(products) { $0.title }
        parameters.appendArray(products) { $0.description }
        parameters.appendArray(products) { $0.brand }
        parameters.appendArray(products) { $0.hsn }
        parameters.appendArray(products) { $0.gst }
        parameters.appendArray(products) { PostgresJSON(bytes: $0.attributes) }
        parameters.appendArray(products) { PostgresJSON(bytes: $0.options) }
        parameters.appendArray(products) { $0.badges }
        parameters.appendArray(products) { $0.ratingCount }
        parameters.appendArray(products) { $0.ratingSum }
        parameters.appendArray(products) { $0.soldCount }
        parameters.appendArray(products) { PostgresTimestamp(microseconds: $0.createdAt.microseconds) }
        return try await client.query(
            """
            insert into catalog.products
              (id, seller_id, category_id, slug, title, description, brand, hsn_code, gst_rate_bps, attributes, options,
               badges, rating_count, rating_sum, sold_count, created_at, updated_at, moderation)
            select id, seller, category, slug, title, description, brand, hsn, gst, attributes, options,
                   string_to_array(badges, ','), rating_count, rating_sum, sold, created, created, 'approved'
              from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::text[], $9::bigint[], $10::jsonb[], $11::jsonb[], $12::text[], $13::bigint[],
                          $14::bigint[], $15::bigint[], $16::timestamptz[])
                   u(id, seller, category, slug, title, description, brand, hsn, gst, attributes, options, badges,
                     rating_count, rating_sum, sold, created)
             order by id
            on conflict (id) do nothing
            """, with: parameters
        ).affected
    }

    /// Returns the ids that are new.
    private func addVariants(_ products: [SeedProduct], _ places: Places) async throws(PostgresError) -> Set<Int64> {
        let rows = products.flatMap { product in
            product.variants.enumerated().map { (product: product, position: $0, variant: $1) }
        }
        var parameters = PostgresParameters()
        parameters.reserve(parameters: 14, bytes: rows.count * 250)
        parameters.appendArray(rows) { $0.variant.id }
        parameters.appendArray(rows) { $0.product.id }
        parameters.appendArray(rows) { places.sellers[$0.product.seller] }
        parameters.appendArray(rows) { $0.variant.sku }
        parameters.appendArray(rows) { PostgresJSON(bytes: $0.variant.options) }
        parameters.appendArray(rows) { $0.variant.price }
        parameters.appendOptionalArray(rows) { $0.variant.compareAt }
        parameters.appendArray(rows) { PostgresJSON(bytes: $0.variant.tiers) }
        parameters.appendArray(rows) { $0.variant.minQuantity }
        parameters.appendOptionalArray(rows) { $0.variant.maxQuantity }
        parameters.appendArray(rows) { $0.variant.step }
        parameters.appendArray(rows) { $0.variant.grams }
        parameters.appendArray(rows) { $0.position }
        let added = try await client.query(
            """
            insert into catalog.variants
              (id, product_id, seller_id, sku, options, price_minor, compare_at_minor, tiers, min_quantity, max_quantity,
               step, weight_g, is_default, position)
            select id, product, seller, sku, options, price, compare_at, tiers, least_quantity, most_quantity, step, grams,
                   place = 0, place
              from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::jsonb[], $6::bigint[], $7::bigint[],
                          $8::jsonb[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
                   u(id, product, seller, sku, options, price, compare_at, tiers, least_quantity, most_quantity, step,
                     grams, place)
             order by id
            on conflict (id) do nothing
            returning id
            """, with: parameters)
        var ids: Set<Int64> = []
        for row in added { ids.insert(try row.int64(0)) }
        return ids
    }

    /// Puts the first units on the shelves.
    private func fill(_ variants: [SeedVariant]) async throws(PostgresError) {
        guard !variants.isEmpty else { return }
        var parameters = PostgresParameters()
        parameters.appendArray(variants) { $0.id }
        parameters.appendOptionalArray(variants) { _ in Int32?.none }
        parameters.appendArray(variants) { Int32(clamping: $0.stock) }
        parameters.appendArray(variants) { $0.movement }
        parameters.appendOptionalArray(variants) { _ in String?.none }
        let refused = try await client.query(
            """
            select count(*) from checkout.adjust_v1($1, $2, $3, $4, 'seed', $5, 'seed', true)
             where kind = 0 and code <> 0
            """, with: parameters
        ).only().int(0)
        guard refused == 0 else {
            throw PostgresError(.server, outcome: .notExecuted, "\(refused) variants took no stock")
        }
    }
}
