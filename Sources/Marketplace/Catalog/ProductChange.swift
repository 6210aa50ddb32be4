// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A product with an edit applied: pure, nothing is stored yet.
struct ProductChange: Sendable {
    /// The product afterwards, except for what its review does about it.
    var product: OwnedProduct
    /// What is proposed from now on.
    var proposal: ProductProposal
    /// New variants with the units that they begin with, and where they stand in the request.
    var added: [Added] = []
    private var problems: [Problem.Item] = []
    /// Variants of the edit, by their place in it.
    private var touched: [VariantID: Int] = [:]

    struct Added: Sendable {
        let id: VariantID
        let stock: Int
        let index: Int
    }

    /// Applies an edit.
    ///
    /// - Parameter images: the pictures of `edit.images` as buyers get them, canonical.
    /// - Throws: `Problem` 404 for a variant that is not the product's, 422 with every rule that is broken.
    init(
        _ edit: ProductEdit, to product: OwnedProduct, images: [UInt8]?, newID: () -> VariantID
    ) throws {
        self.product = product
        proposal = product.proposal
        applyFields(edit, images)
        for (index, variant) in edit.variants.enumerated() { try apply(variant, at: index, newID) }
        // What does not fit into the options that are live waits for the revision that it fits into.
        self.product.activateFitting()
        chooseDefault(edit)
        check()
        if !problems.isEmpty { throw Problem(.validationFailed, errors: Array(problems.prefix(100))) }
    }

    private mutating func fail(_ pointer: String, _ code: String, _ message: String) {
        problems.append(.init(pointer: pointer, code: code, message: message))
    }

    private mutating func applyFields(_ edit: ProductEdit, _ images: [UInt8]?) {
        if let title = edit.title { proposal.fields.title = title }
        if let description = edit.description { proposal.fields.description = description }
        if let category = edit.category { proposal.fields.category = category }
        proposal.fields.brand = edit.brand.applied(to: proposal.fields.brand)
        if let attributes = edit.attributes { proposal.fields.attributes = attributes }
        if let hsnCode = edit.hsnCode { proposal.fields.hsnCode = hsnCode }
        if let gstRate = edit.gstRate { proposal.fields.gstRate = gstRate }
        if let options = edit.options { proposal.fields.options = options }
        if let images { proposal.fields.images = images }
        if let returnPolicy = edit.returnPolicy { product.returnPolicy = returnPolicy }
        if !product.moderation.isLive { product.fields = proposal.fields }
    }

    // MARK: Variants

    private mutating func apply(_ edit: VariantEdit, at index: Int, _ newID: () -> VariantID) throws {
        guard let id = edit.id else { return add(edit, at: index, newID()) }
        guard let place = product.variants.firstIndex(where: { $0.id == id }) else {
            throw ProductEdit.unknown("/variants/\(index)/id", "there is no such variant")
        }
        if touched.updateValue(index, forKey: id) != nil {
            return fail("/variants/\(index)/id", "repeated", "the variant occurs twice")
        }
        var variant = product.variants[place]
        if let sku = edit.sku, sku != variant.sku {
            fail("/variants/\(index)/sku", "immutable", "a SKU stays with its variant: archive it and add another")
        }
        if let isArchived = edit.isArchived {
            if isArchived {
                variant.status = .archived
                proposal.variantOptions[id] = nil
            } else if variant.status == .archived {
                variant.status = .waiting
            }
        }
        if let options = edit.options {
            if product.moderation.isLive, variant.status == .active {
                proposal.variantOptions[id] = options == variant.options ? nil : options
            } else {
                variant.options = options
            }
        }
        Self.applyTerms(edit, to: &variant)
        product.variants[place] = variant
    }

    private mutating func add(_ edit: VariantEdit, at index: Int, _ id: VariantID) {
        var variant = OwnedVariant(
            id: id, sku: edit.sku ?? "", status: .waiting, options: edit.options ?? [:], price: 0, compareAt: nil,
            tiers: [], minQuantity: 1, maxQuantity: nil, step: 1, grams: 0, barcode: nil, isDefault: false,
            position: (product.variants.map(\.position).max() ?? -1) + 1)
        // What comes in packs is not sold below one.
        if let step = edit.step { variant.minQuantity = step }
        Self.applyTerms(edit, to: &variant)
        if product.variants.contains(where: { $0.sku == variant.sku }) {
            fail("/variants/\(index)/sku", "sku-taken", "another variant has this SKU")
        }
        touched[id] = index
        added.append(Added(id: id, stock: edit.stock, index: index))
        product.variants.append(variant)
    }

    private static func applyTerms(_ edit: VariantEdit, to variant: inout OwnedVariant) {
        if let price = edit.price { variant.price = price }
        variant.compareAt = edit.compareAt.applied(to: variant.compareAt)
        if let tiers = edit.tiers { variant.tiers = tiers }
        if let minQuantity = edit.minQuantity { variant.minQuantity = minQuantity }
        variant.maxQuantity = edit.maxQuantity.applied(to: variant.maxQuantity)
        if let step = edit.step { variant.step = step }
        if let grams = edit.grams { variant.grams = grams }
        variant.barcode = edit.barcode.applied(to: variant.barcode)
    }

    private mutating func chooseDefault(_ edit: ProductEdit) {
        let wished = edit.variants.indices.filter { edit.variants[$0].isDefault == true }
        if wished.count > 1 { fail("/variants/\(wished[1])/is_default", "repeated", "one variant is shown first") }
        let id = wished.first.flatMap { index in touched.first { $0.value == index }?.key }
        if let index = wished.first, let id, !product.variants.contains(where: { $0.id == id && $0.status == .active })
        {
            fail("/variants/\(index)/is_default", "not-active", "a variant that is not for sale cannot be shown first")
        }
        product.setDefault(id)
    }

    // MARK: Rules

    private mutating func check() {
        if product.kept.count > ProductLimits.variants.upperBound {
            fail("/variants", "too-many", "at most \(ProductLimits.variants.upperBound) that are not archived")
        }
        if product.variants.count > ProductLimits.variantRowsMax {
            fail("/variants", "too-many", "at most \(ProductLimits.variantRowsMax) with the archived ones")
        }
        if !product.variants.contains(where: { $0.status == .active }) {
            fail("/variants", "too-few", "at least one for sale: archive the product instead")
        }
        if !touched.isEmpty, !ProductLimits.currencies.contains(product.currency) {
            fail("/variants", "not-sold-in", "this store does not sell in \(product.currency)")
        }
        var seen: [[String: String]: VariantID] = [:]
        for variant in product.kept where variant.status == .active || touched[variant.id] != nil {
            let pointer = touched[variant.id].map { "/variants/\($0)" }
            let options = proposal.variantOptions[variant.id] ?? variant.options
            if let message = proposal.fields.options.misfit(options) {
                fail(pointer.map { $0 + "/options" } ?? "/options", "options-misfit", "\(variant.sku): \(message)")
            } else if let other = seen.updateValue(variant.id, forKey: options) {
                fail(
                    pointer.map { $0 + "/options" } ?? "/options", "options-repeated",
                    "\(variant.sku): another variant has the same options (\(other))")
            }
            if let pointer { problems += variant.termProblems(pointer) }
        }
    }
}

extension OwnedProduct {
    /// Makes those waiting variants active that fit into what is live, each set of options once.
    mutating func activateFitting() {
        var taken = Set(variants.lazy.filter { $0.status == .active }.map(\.options))
        for place in variants.indices where variants[place].status == .waiting {
            // Of a product that is not live, all stand in the revision; what does not fit is refused.
            let fits = fields.options.misfit(variants[place].options) == nil
            if !moderation.isLive || fits && taken.insert(variants[place].options).inserted {
                variants[place].status = .active
            }
        }
    }

    /// Shows a variant first: the wished one, the one that was, or the first that is for sale.
    mutating func setDefault(_ wished: VariantID?) {
        let active = variants.filter { $0.status == .active }
        let current = active.first { $0.isDefault }?.id
        let chosen = wished ?? current ?? active.first?.id
        for place in variants.indices { variants[place].isDefault = variants[place].id == chosen }
    }
}

extension [ProductOption] {
    /// Why a variant's options do not name one value of each option; nil where they do.
    func misfit(_ chosen: [String: String]) -> String? {
        for option in self {
            guard let value = chosen[option.name] else { return "a value of \(option.name) is missing" }
            if !option.values.contains(value) { return "\(option.name) has no such value" }
        }
        return chosen.count == count ? nil : "there are options that the product does not have"
    }
}

extension OwnedVariant {
    /// The rules of prices and quantities that a variant breaks.
    fileprivate func termProblems(_ pointer: String) -> [Problem.Item] {
        var problems: [Problem.Item] = []
        func fail(_ member: String, _ code: String, _ message: String) {
            problems.append(.init(pointer: "\(pointer)/\(member)", code: code, message: message))
        }
        if let compareAt, compareAt < price { fail("compare_at_price", "below-price", "not below the price") }
        if minQuantity % step != 0 { fail("min_quantity", "not-a-multiple", "a multiple of the step \(step)") }
        if let maxQuantity {
            if maxQuantity < minQuantity { fail("max_quantity", "below-minimum", "not below min_quantity") }
            if maxQuantity % step != 0 { fail("max_quantity", "not-a-multiple", "a multiple of the step \(step)") }
        }
        var last = PriceTier(minQuantity: minQuantity, price: price)
        for (index, tier) in tiers.enumerated() {
            if tier.minQuantity <= last.minQuantity {
                fail("tiers/\(index)/min_quantity", "not-rising", "more than \(last.minQuantity)")
            }
            if tier.price >= last.price { fail("tiers/\(index)/price", "not-falling", "less than \(last.price)") }
            if let maxQuantity, tier.minQuantity > maxQuantity {
                fail("tiers/\(index)/min_quantity", "above-maximum", "not above max_quantity")
            }
            last = tier
        }
        return problems
    }
}
