// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What a seller wants a variant to be; nil is unchanged.
struct VariantEdit: Sendable {
    /// nil: a new one.
    var id: VariantID?
    var sku: String?
    var options: [String: String]?
    var price: Int64?
    var compareAt = Clearable<Int64>.unchanged
    var tiers: [PriceTier]?
    var minQuantity: Int?
    var maxQuantity = Clearable<Int>.unchanged
    var step: Int?
    var grams: Int?
    var barcode = Clearable<String>.unchanged
    var isDefault: Bool?
    var isArchived: Bool?
    /// Units on the shelf; of new ones alone.
    var stock = 0

    /// Reads one element of `variants`.
    static func read(_ body: inout JSONInput, ofNewProduct: Bool) throws -> VariantEdit {
        var edit = VariantEdit()
        let id = ofNewProduct ? nil : body.optionalString("id", length: 1...64)
        let isNew = id == nil
        edit.sku = body.line("sku", ProductLimits.skuLength, isRequired: isNew)
        edit.options = options(&body)
        edit.price = body.price("price", isRequired: isNew)
        if body.contains("compare_at_price") {
            edit.compareAt = .set(body.price("compare_at_price", isRequired: false))
        }
        edit.tiers = body.optionalArray("tiers", count: 0...ProductLimits.tiersMax) { tier in
            PriceTier(
                minQuantity: tier.int("min_quantity", in: ProductLimits.quantity),
                price: tier.price("price", isRequired: true) ?? 0)
        }
        edit.minQuantity = body.optionalInt("min_quantity", in: ProductLimits.quantity)
        if body.contains("max_quantity") {
            edit.maxQuantity = .set(body.optionalInt("max_quantity", in: ProductLimits.quantity))
        }
        edit.step = body.optionalInt("step", in: ProductLimits.quantity)
        edit.grams = body.int("weight_g", in: ProductLimits.grams, isRequired: isNew)
        edit.barcode = body.clearableLine("barcode", ProductLimits.barcodeLength)
        edit.isDefault = body.optionalBool("is_default")
        if isNew {
            edit.stock = body.optionalInt("stock", in: ProductLimits.firstStock) ?? 0
        } else {
            edit.isArchived = body.optionalBool("archived")
            if body.contains("stock") {
                body.fail("stock", code: "not-here", message: "units change through /api/inventory/adjust/")
            }
        }
        if let id {
            guard let variant = VariantID(id) else {
                throw ProductEdit.unknown("/variants", "there is no such variant")
            }
            edit.id = variant
        }
        return edit
    }

    private static func options(_ body: inout JSONInput) -> [String: String]? {
        guard let member = body.member("options"), !member.isNull else { return nil }
        let texts = ProductFields.texts(
            member, names: ProductLimits.optionNameLength, values: ProductLimits.optionValueLength)
        if texts == nil { body.fail("options", code: "invalid", message: "an object of texts") }
        return texts
    }
}
