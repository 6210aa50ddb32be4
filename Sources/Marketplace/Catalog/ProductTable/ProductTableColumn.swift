// SPDX-License-Identifier: Apache-2.0

/// The columns of a table of products: each row is a variant, with what it says of its product.
public enum ProductTableColumn {
    static let sku = "sku"
    static let productID = "product_id"
    /// The seller's own name of the product, or its address.
    static let product = "product"
    static let title = "title"
    static let category = "category"
    static let images = "images"
    static let returnDays = "return_days"
    static let returnable = "returnable"
    static let options = "options"
    static let price = "price_amount"
    static let compareAt = "compare_at_amount"
    static let currency = "currency"
    static let tiers = "tiers"
    /// Of new variants alone.
    static let quantity = "quantity"
    static let archived = "archived"
    static let submit = "submit"

    /// Those of an export, in their order.
    public static let exported = [
        sku, productID, product, title, "description", category, "brand", "hsn_code", "gst_rate_bps", "attributes",
        images, returnDays, returnable, options, price, compareAt, currency, tiers, "min_quantity", "max_quantity",
        "step", "weight_g", "barcode", "is_default",
    ]

    /// The column that a place in the body of an edit was made of, behind `/` or `/variants/<n>/`.
    static func of(_ place: Substring) -> String {
        let parts = place.split(separator: "/", maxSplits: 1)
        guard let member = parts.first else { return "" }
        let rest = parts.count > 1 ? "/" + parts[1] : ""
        switch member {
        case "category_id": return category
        case "image_ids": return images + rest
        case "return_policy": return rest == "/days" ? returnDays : returnable
        case "price": return rest == "/currency" ? currency : price
        case "compare_at_price": return rest == "/currency" ? currency : compareAt
        case "tiers": return (tiers + rest).replacing("/price/amount", with: "/price_amount")
        case "stock": return quantity
        default: return member + rest
        }
    }
}
