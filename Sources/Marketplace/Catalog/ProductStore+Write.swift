// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Postgres

extension ProductStore {
    /// Inserts a draft without variants under the first of some names that is free.
    ///
    /// A name that another transaction is taking is waited for: its commit decides.
    /// - Returns: whether one of them was.
    func insert(_ product: OwnedProduct, slugs: [String]) async throws(PostgresError) -> Bool {
        for slug in slugs {
            let fields = product.fields
            let inserted = try await client.execute(
                """
                insert into catalog.products
                  (id, seller_id, category_id, slug, title, description, brand, status, moderation, hsn_code, gst_rate_bps,
                   attributes, options, images, return_policy, currency)
                values ($1, $2, $3, $4, $5, $6, $7, 'draft', 'draft', $8, $9, $10, $11, $12, $13, $14)
                on conflict (slug) do nothing
                """, product.id.rawValue, product.seller.id.rawValue, fields.category.rawValue, slug, fields.title,
                fields.description, fields.brand, fields.hsnCode, fields.gstRate,
                PostgresJSON(bytes: fields.attributes), Self.json(fields.options), PostgresJSON(bytes: fields.images),
                PostgresJSON(bytes: product.returnPolicy), "\(product.currency)")
            if inserted == 1 { return true }
        }
        return false
    }

    /// Writes a product's own row; raises its version.
    func update(_ product: OwnedProduct) async throws(PostgresError) {
        let fields = product.fields
        _ = try await client.execute(
            """
            update catalog.products
               set category_id = $2, title = $3, description = $4, brand = $5, hsn_code = $6, gst_rate_bps = $7,
                   attributes = $8, options = $9, images = $10, return_policy = $11, status = $12, moderation = $13,
                   moderation_reason = $14, revision = $15, event_seq = $16, version = version + 1, updated_at = now()
             where id = $1
            """, product.id.rawValue, fields.category.rawValue, fields.title, fields.description, fields.brand,
            fields.hsnCode, fields.gstRate, PostgresJSON(bytes: fields.attributes), Self.json(fields.options),
            PostgresJSON(bytes: fields.images), PostgresJSON(bytes: product.returnPolicy), product.listing.rawValue,
            product.moderation.rawValue, product.moderationReason, product.revision, product.eventSequence)
    }

    /// Inserts variants, by SKU so that two who add the same ones meet in one order; a SKU that another transaction is taking
    /// is waited for.
    ///
    /// - Returns: those whose SKU was free.
    func insert(
        _ variants: [OwnedVariant], of product: OwnedProduct
    ) async throws(PostgresError) -> Set<VariantID> {
        guard !variants.isEmpty else { return [] }
        var parameters = Self.terms(variants)
        parameters.append(product.id.rawValue)
        parameters.append(product.seller.id.rawValue)
        parameters.append("\(product.currency)")
        parameters.appendArray(variants) { $0.sku }
        let rows = try await client.query(
            """
            insert into catalog.variants
              (id, product_id, seller_id, sku, status, options, price_minor, compare_at_minor, currency, tiers, min_quantity,
               max_quantity, step, weight_g, barcode, is_default, position)
            select id, $14, $15, sku, status, options, price, compare_at, $16, tiers, least, most, step, grams, barcode,
                   is_default, place
              from unnest($1::bigint[], $2::text[], $3::jsonb[], $4::bigint[], $5::bigint[], $6::jsonb[], $7::bigint[],
                          $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::boolean[], $13::bigint[],
                          $17::text[])
                   u(id, status, options, price, compare_at, tiers, least, most, step, grams, barcode, is_default, place,
                     sku)
             order by sku
            on conflict (seller_id, sku) do nothing
            returning id
            """, with: parameters)
        var ids: Set<VariantID> = []
        for row in rows { ids.insert(VariantID(rawValue: try row.int64(0))) }
        return ids
    }

    /// Writes variants that are there.
    func update(_ variants: [OwnedVariant], of product: ProductID) async throws(PostgresError) {
        guard !variants.isEmpty else { return }
        // One is shown first at every moment: who was gives way before who will be.
        _ = try await client.execute(
            """
            update catalog.variants set is_default = false
             where product_id = $1 and is_default and id = any($2)
            """, product.rawValue, variants.filter { !$0.isDefault }.map(\.id.rawValue))
        _ = try await client.query(
            """
            update catalog.variants v
               set status = u.status, options = u.options, price_minor = u.price, compare_at_minor = u.compare_at,
                   tiers = u.tiers, min_quantity = u.least, max_quantity = u.most, step = u.step, weight_g = u.grams,
                   barcode = u.barcode, is_default = u.is_default, position = u.place, updated_at = now()
              from unnest($1::bigint[], $2::text[], $3::jsonb[], $4::bigint[], $5::bigint[], $6::jsonb[], $7::bigint[],
                          $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::boolean[], $13::bigint[])
                   u(id, status, options, price, compare_at, tiers, least, most, step, grams, barcode, is_default, place)
             where v.id = u.id
            """, with: Self.terms(variants))
    }

    /// Puts first units on the shelf, through the one door that stock has; returns the rows of stock as they are now.
    func fill(
        _ added: [(variant: VariantID, units: Int, movement: Int64)], by user: UserID
    ) async throws(PostgresError) -> [StockRow] {
        guard !added.isEmpty else { return [] }
        var parameters = PostgresParameters()
        parameters.appendArray(added) { $0.variant.rawValue }
        parameters.appendOptionalArray(added) { _ in Int32?.none }
        parameters.appendArray(added) { Int32(clamping: $0.units) }
        parameters.appendArray(added) { $0.movement }
        parameters.appendArray(added) { _ in "first stock" }
        parameters.append("user:\(user.rawValue)")
        let rows = try await client.query(
            "select kind, code, a, b, c, d, e from checkout.adjust_v1($1, $2, $3, $4, 'set', $5, $6, true)",
            with: parameters)
        var stock: [StockRow] = []
        for row in rows {
            if try row.int16(0) == 2 {
                stock.append(
                    StockRow(
                        variant: VariantID(rawValue: try row.int64(2)), onHand: Int(try row.int64(3)),
                        reserved: Int(try row.int64(4)), version: try row.int64(5), offerVersion: try row.int64(6),
                        sellable: try row.int16(1) == 1))
            } else if try row.int16(1) != 0 {
                throw PostgresError(.server, outcome: .notExecuted, "a new variant took no stock")
            }
        }
        return stock
    }

    // MARK: Parameters

    /// `$1` … `$13` of the statements that write variants.
    private static func terms(_ variants: [OwnedVariant]) -> PostgresParameters {
        var parameters = PostgresParameters()
        parameters.reserve(parameters: 17, bytes: variants.count * 250)
        parameters.appendArray(variants) { $0.id.rawValue }
        parameters.appendArray(variants) { $0.status.rawValue }
        parameters.appendArray(variants) { PostgresJSON(bytes: ProductFields.json($0.options)) }
        parameters.appendArray(variants) { $0.price }
        parameters.appendOptionalArray(variants) { $0.compareAt }
        parameters.appendArray(variants) { json($0.tiers) }
        parameters.appendArray(variants) { $0.minQuantity }
        parameters.appendOptionalArray(variants) { $0.maxQuantity }
        parameters.appendArray(variants) { $0.step }
        parameters.appendArray(variants) { $0.grams }
        parameters.appendOptionalArray(variants) { $0.barcode }
        parameters.appendArray(variants) { $0.isDefault }
        parameters.appendArray(variants) { $0.position }
        return parameters
    }

    private static func json(_ tiers: [PriceTier]) -> PostgresJSON {
        var json = JSONWriter()
        json.array { json in
            for tier in tiers {
                json.object { json in
                    json.field("min_quantity", tier.minQuantity)
                    json.field("price_minor", tier.price)
                }
            }
        }
        return PostgresJSON(bytes: json.bytes)
    }

    private static func json(_ options: [ProductOption]) -> PostgresJSON {
        var json = JSONWriter()
        ProductOption.write(options, to: &json)
        return PostgresJSON(bytes: json.bytes)
    }
}
