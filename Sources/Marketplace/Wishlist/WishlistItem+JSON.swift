// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension WishlistItem {
    /// Writes the item with what is offered now; a variant that buyers cannot see any more stays on the list without it.
    func write(to json: inout JSONWriter, _ offer: Offer?) {
        json.object { json in
            json.field("variant_id", variant)
            let shown = offer.flatMap { $0.sellable ? $0 : nil }
            json.field("available", shown != nil)
            if let offer = shown {
                json.object("product") { json in
                    json.field("id", offer.product)
                    json.field("slug", offer.slug)
                    json.field("title", offer.title)
                    json.fieldIfPresent("thumbnail_url", offer.thumbnailURL)
                }
                json.object("seller") { json in
                    json.field("id", offer.seller)
                    json.field("name", offer.sellerName)
                }
                json.field(
                    "price", Money(minor: offer.unitPrice(quantity: offer.minQuantity), currency: offer.currency))
                json.field("in_stock", offer.available > 0)
            }
            json.fieldIfPresent("notify", notify?.rawValue)
            json.field("added_at", addedAt)
        }
    }
}
