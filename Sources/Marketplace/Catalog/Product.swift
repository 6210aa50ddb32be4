// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// A product with everything a buyer may know of it, without its variants.
struct Product: Sendable, Equatable {
    var card: ProductCard
    let description: String
    /// JSON texts, stored in the shape in which they are shown.
    let images: [UInt8]
    let attributes: [UInt8]
    let options: [UInt8]
    let returnPolicy: [UInt8]
    let hsnCode: String
    let gstRate: Int
    let status: String
    let updatedAt: Timestamp
    let version: Int64
}

/// A lower price from some quantity on.
struct PriceTier: Sendable, Equatable {
    let minQuantity: Int
    let price: Int64
}

/// A variant as a buyer sees it.
struct Variant: Sendable, Equatable {
    /// Availability is exact up to here and hidden above.
    static let availableShownMax = StockRow.availableShownMax

    let id: VariantID
    let sku: String
    /// A JSON object.
    let options: [UInt8]
    var price: Money
    var compareAtPrice: Money?
    var tiers: [PriceTier]
    let minQuantity: Int
    let maxQuantity: Int?
    let step: Int
    /// Units that can be ordered; 0 when the variant does not sell.
    let available: Int
    let weightGrams: Int
    let barcode: String?
    let isDefault: Bool
    /// Said where somebody is shown prices of their own.
    var priceSource: PriceSource?
}

extension Variant: JSONWritable {
    /// Writes the variant.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("sku", sku)
            json.field("options", raw: options)
            json.field("price", price)
            json.fieldIfPresent("price_source", priceSource?.rawValue)
            json.fieldIfPresent("compare_at_price", compareAtPrice)
            writeTiers(to: &json)
            json.field("min_quantity", minQuantity)
            json.fieldIfPresent("max_quantity", maxQuantity)
            json.field("step", step)
            json.field("available", available <= Self.availableShownMax ? available : nil)
            json.field("weight_g", weightGrams)
            json.fieldIfPresent("barcode", barcode)
            json.field("is_default", isDefault)
        }
    }

    fileprivate func writeTiers(to json: inout JSONWriter) {
        json.array("tiers") { json in
            for tier in tiers {
                json.object { json in
                    json.field("min_quantity", tier.minQuantity)
                    json.field("price", Money(minor: tier.price, currency: price.currency))
                }
            }
        }
    }
}

extension Product {
    /// The detail's body.
    func json(variants: [Variant]) -> [UInt8] {
        var json = JSONWriter(capacity: 1024 + description.utf8.count + variants.count * 384)
        json.object { json in
            card.writeMembers(to: &json)
            json.field("description", description)
            json.field("images", raw: images)
            json.field("attributes", raw: attributes)
            json.field("options", raw: options)
            json.field("variants", variants)
            json.field("hsn_code", hsnCode)
            json.field("gst_rate_bps", gstRate)
            json.field("status", status)
            // What is shown is the approved revision, whatever becomes of the one proposed; what reviewers write is for
            // its seller.
            json.object("moderation") { json in json.field("status", "approved") }
            // What a business buyer orders by is what the variant shown first says.
            if let shown = variants.first(where: \.isDefault) ?? variants.first {
                json.object("b2b") { json in
                    json.field("moq", shown.minQuantity)
                    json.field("step", shown.step)
                    shown.writeTiers(to: &json)
                }
            }
            json.field("return_policy", raw: returnPolicy)
            json.field("created_at", card.createdAt)
            json.field("updated_at", updatedAt)
            json.field("version", version)
        }
        return json.bytes
    }
}
