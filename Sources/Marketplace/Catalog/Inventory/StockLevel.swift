// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The stock of one variant as its seller sees it.
struct StockLevel: Sendable, Equatable {
    let variant: VariantID
    let product: ProductID
    let title: String
    let sku: String
    let onHand: Int
    let reserved: Int
    /// So many or fewer that can be sold are few.
    let lowAt: Int

    var available: Int { onHand - reserved }
}

extension StockLevel: JSONWritable {
    /// Writes the level.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("variant_id", variant)
            json.field("product_id", product)
            json.field("title", title)
            json.field("sku", sku)
            json.field("on_hand", onHand)
            json.field("reserved", reserved)
            json.field("available", available)
            json.field("low_stock_threshold", lowAt)
            json.field("is_low", available <= lowAt)
        }
    }
}

/// One change of what is in the warehouse.
struct StockMovement: Sendable, Equatable {
    let id: Int64
    let variant: VariantID
    let delta: Int
    /// What it left.
    let onHand: Int
    let cause: String
    let reason: String?
    let actor: String
    let order: OrderID?
    let createdAt: Timestamp
}

extension StockMovement: JSONWritable {
    /// Writes the movement.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("variant_id", variant)
            json.field("delta", delta)
            json.field("on_hand", onHand)
            json.field("cause", cause)
            json.fieldIfPresent("reason", reason)
            json.field("actor", actor)
            json.fieldIfPresent("order_id", order)
            json.field("at", createdAt)
        }
    }
}

/// A seller's wish to have more or fewer units of a variant.
struct StockChange: Sendable, Equatable {
    /// Variants of one request.
    static let changesMax = 100
    /// Units of one variant; far from where 32 bits end.
    static let unitsMax = 1_000_000_000

    let variant: VariantID
    /// Units that come or go; nil with `target`.
    let delta: Int32?
    /// Units that shall be there; nil with `delta`.
    let target: Int32?
    let reason: String
    /// Another threshold; nil: as it is.
    let lowAt: Int32?
}
