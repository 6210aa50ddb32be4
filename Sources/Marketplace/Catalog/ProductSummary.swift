// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A product as its seller and admins see it in lists.
struct ProductSummary: Sendable {
    let id: ProductID
    let slug: String
    let title: String
    let thumbnailURL: String?
    let seller: SellerID
    let sellerName: String
    let category: CategoryID
    let currency: Currency
    let price: Int64?
    let priceIsFrom: Bool
    let listing: String
    let moderation: String
    let moderationReason: String?
    let revision: Int
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let version: Int64
    /// Variants that are not archived.
    let variantCount: Int
    var variants: [OwnedVariant] = []

    /// Where the list goes on.
    var cursor: PageCursor { PageCursor([.number(createdAt.microseconds), .number(id.rawValue)]) }

    /// Writes the summary; each variant with its units.
    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("slug", slug)
        json.field("title", title)
        json.field("thumbnail_url", thumbnailURL)
        json.object("seller") { json in
            json.field("id", seller)
            json.field("name", sellerName)
        }
        json.field("category_id", category)
        if let price {
            json.field("price", Money(minor: price, currency: currency))
        } else {
            json.nullField("price")
        }
        json.field("price_is_from", priceIsFrom)
        json.field("status", listing)
        json.object("moderation") { json in
            json.field("status", moderation)
            json.fieldIfPresent("reason", moderationReason)
            if revision > 0 { json.field("revision", revision) }
        }
        json.array("variants") { json in
            for variant in variants where variant.status != .archived {
                json.object { json in
                    json.field("id", variant.id)
                    json.field("sku", variant.sku)
                    json.field("status", variant.status.rawValue)
                    json.field("options", raw: ProductFields.json(variant.options))
                    json.field("price", Money(minor: variant.price, currency: currency))
                    variant.stock.write(to: &json)
                }
            }
        }
        json.field("created_at", createdAt)
        json.field("updated_at", updatedAt)
        json.field("version", version)
    }
}
