// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension OwnedVariant {
    /// Writes the variant with its state and its units.
    func write(to json: inout JSONWriter, _ currency: Currency) {
        json.object { json in
            json.field("id", id)
            json.field("sku", sku)
            json.field("status", status.rawValue)
            json.field("options", raw: ProductFields.json(options))
            json.field("price", Money(minor: price, currency: currency))
            json.fieldIfPresent("compare_at_price", compareAt.map { Money(minor: $0, currency: currency) })
            writeTiers(to: &json, currency)
            json.field("min_quantity", minQuantity)
            json.fieldIfPresent("max_quantity", maxQuantity)
            json.field("step", step)
            json.field("weight_g", grams)
            json.fieldIfPresent("barcode", barcode)
            json.field("is_default", isDefault)
            json.field("available", stock.available)
            stock.write(to: &json)
        }
    }

    fileprivate func writeTiers(to json: inout JSONWriter, _ currency: Currency) {
        json.array("tiers") { json in
            for tier in tiers {
                json.object { json in
                    json.field("min_quantity", tier.minQuantity)
                    json.field("price", Money(minor: tier.price, currency: currency))
                }
            }
        }
    }
}

extension VariantStock {
    /// Writes the member `stock`.
    func write(to json: inout JSONWriter) {
        json.object("stock") { json in
            json.field("on_hand", onHand)
            json.field("reserved", reserved)
            json.field("available", available)
        }
    }
}

extension OwnedProduct {
    /// The cheapest variant for sale.
    var cheapest: OwnedVariant? {
        variants.filter { $0.status == .active }.min { ($0.price, $0.id) < ($1.price, $1.id) }
    }

    /// The small picture.
    var thumbnailURL: String? {
        let first = ProductStore.document(fields.images)?.elements?.first
        return first?["thumbnails"]?["small"]?.string ?? first?["url"]?.string
    }

    /// The answer of everything that writes a product.
    func response(_ status: HTTPStatus = .ok) -> HTTPResponse {
        var json = JSONWriter(capacity: 1024 + fields.description.utf8.count + variants.count * 512)
        json.object { writeMembers(to: &$0, variants: kept) }
        return HTTPResponse(status, headers: [EntityTag(version: version).header], body: json.bytes)
    }

    /// Writes the product as it is live, with what only its seller and admins see.
    ///
    /// - Parameter variants: all, or those that are not archived.
    func writeMembers(to json: inout JSONWriter, variants: [OwnedVariant]) {
        let active = self.variants.filter { $0.status == .active }
        json.field("id", id)
        json.field("slug", slug)
        json.field("title", fields.title)
        json.field("thumbnail_url", thumbnailURL)
        json.field("seller", seller)
        if let cheapest {
            json.field("price", Money(minor: cheapest.price, currency: currency))
            json.fieldIfPresent("compare_at_price", cheapest.compareAt.map { Money(minor: $0, currency: currency) })
        } else {
            json.nullField("price")
        }
        json.field("price_is_from", Set(active.map(\.price)).count > 1)
        json.field("in_stock", active.contains { $0.stock.available > 0 })
        json.field("rating", rating)
        json.field("category_id", fields.category)
        json.array("badges") { json in
            for badge in badges { json.value(badge) }
        }
        json.field("brand", fields.brand)
        json.field("description", fields.description)
        json.field("images", raw: fields.images)
        json.field("attributes", raw: fields.attributes)
        json.key("options")
        ProductOption.write(fields.options, to: &json)
        json.array("variants") { json in
            for variant in variants { variant.write(to: &json, currency) }
        }
        json.field("hsn_code", fields.hsnCode)
        json.field("gst_rate_bps", fields.gstRate)
        json.field("status", listing.rawValue)
        writeModeration(to: &json)
        if let shown = active.first(where: \.isDefault) ?? active.first {
            json.object("b2b") { json in
                json.field("moq", shown.minQuantity)
                json.field("step", shown.step)
                shown.writeTiers(to: &json, currency)
            }
        }
        json.field("return_policy", raw: returnPolicy)
        json.field("created_at", createdAt)
        json.field("updated_at", updatedAt)
        json.field("version", version)
    }

    private func writeModeration(to json: inout JSONWriter) {
        json.object("moderation") { json in
            json.field("status", moderation.rawValue)
            json.fieldIfPresent("reason", moderationReason)
            // What an approval or a refusal names.
            if revision > 0 { json.field("revision", revision) }
        }
    }

    /// Writes the member `revision`: what waits, and how it differs from what is live; null where nothing waits.
    func writeRevision(to json: inout JSONWriter) {
        guard let open else { return json.nullField("revision") }
        let options = Dictionary(variants.map { ($0.id, $0.options) }, uniquingKeysWith: { $1 })
        let differences = open.proposal.differences(from: moderation.isLive ? fields : nil, options: options)
        json.object("revision") { json in
            json.field("number", open.number)
            json.field("submitted_at", open.submittedAt)
            json.array("diff") { json in
                for difference in differences { difference.write(to: &json) }
            }
        }
    }
}
