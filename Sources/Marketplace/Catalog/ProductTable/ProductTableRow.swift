// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// A row of a table of products, as it was read.
public struct ProductTableRow: Sendable {
    /// The seller's own name of the variant.
    let sku: String
    /// By column.
    let values: [String: String]
    /// Columns that are there without a value.
    let empty: Set<String>

    /// States it.
    ///
    /// - Parameters:
    ///   - values: by column; numbers as digits, what is composed as JSON.
    ///   - empty: columns that are there without a value: what can be taken away is taken away.
    public init(sku: String, values: [String: String], empty: Set<String>) {
        self.sku = sku
        self.values = values
        self.empty = empty
    }

    /// The longest name that a seller may give a product.
    static let referenceLength = 1...200

    /// What is wrong with it before anything is looked up.
    var fault: ProductTable.Fault? {
        if ProductFields.line(sku, ProductLimits.skuLength) != sku {
            return .init(field: ProductTableColumn.sku, code: "invalid", message: "not valid here")
        }
        if let id = values[ProductTableColumn.productID] {
            if ProductID(id) == nil { return .unknownProduct }
        } else if let product = values[ProductTableColumn.product],
            ProductFields.line(product, Self.referenceLength) != product
        {
            return .init(field: ProductTableColumn.product, code: "invalid", message: "not valid here")
        }
        for column in [ProductTableColumn.archived, ProductTableColumn.submit] {
            if let text = values[column], Self.bool(text) == nil {
                return .init(field: column, code: "wrong-type", message: "true or false")
            }
        }
        return nil
    }

    var product: ProductID? { values[ProductTableColumn.productID].flatMap { ProductID($0) } }
    /// The name by which a product is found that no id names.
    var reference: String? {
        values[ProductTableColumn.productID] == nil ? values[ProductTableColumn.product] : nil
    }
    var isSubmitted: Bool { values[ProductTableColumn.submit].flatMap(Self.bool) == true }
    var isArchived: Bool? { values[ProductTableColumn.archived].flatMap(Self.bool) }

    /// The texts of the pictures: ids, or the hashes of what is shown of them.
    var images: [String] {
        guard let text = values[ProductTableColumn.images] else { return [] }
        if let elements = Self.document(text)?.elements { return elements.compactMap(\.string) }
        return text.split { $0 == " " || $0 == "," }.map(String.init)
    }

    /// The names and values of the options, in the order in which they are written.
    var options: [(name: String, value: String)] {
        let members = values[ProductTableColumn.options].flatMap { Self.document($0)?.members } ?? []
        return members.compactMap { member in member.value.string.map { (member.name, $0) } }
    }

    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func document(_ text: String) -> JSONValue? { ProductStore.document(Array(text.utf8)) }

    // MARK: As an edit has it

    /// What it says of its product, as members of an edit's body; nil where it says nothing. A row that leaves the title empty is
    /// about its variant alone.
    ///
    /// - Parameters:
    ///   - categories: ids by slug.
    ///   - pictures: ids by the hash of what is shown.
    func statement(categories: [String: CategoryID], pictures: [String: ImageID]) -> [UInt8]? {
        guard !empty.contains(ProductTableColumn.title) else { return nil }
        var json = JSONWriter()
        var isEmpty = true
        json.object { json in
            func write(_ column: String, _ name: String, _ write: (String, inout JSONWriter) -> Void) {
                guard let text = values[column] else { return }
                isEmpty = false
                json.key(dynamic: name)
                write(text, &json)
            }
            for column in [ProductTableColumn.title, "description", "hsn_code"] {
                write(column, column) { $1.value($0) }
            }
            if empty.contains("description") {
                isEmpty = false
                json.field("description", "")
            }
            write(ProductTableColumn.category, "category_id") { text, json in
                json.value(categories[text].map { "\($0)" } ?? text)
            }
            write("brand", "brand") { $1.value($0) }
            if empty.contains("brand") {
                isEmpty = false
                json.nullField("brand")
            }
            write("gst_rate_bps", "gst_rate_bps", Self.number)
            write("attributes", "attributes", Self.composed)
            write(ProductTableColumn.images, "image_ids") { _, json in
                json.array { json in
                    for image in images { json.value(pictures[image].map { "\($0)" } ?? image) }
                }
            }
            if values[ProductTableColumn.returnDays] != nil || values[ProductTableColumn.returnable] != nil {
                isEmpty = false
                json.object("return_policy") { json in
                    for (column, name) in [(ProductTableColumn.returnDays, "days"), ("returnable", "returnable")] {
                        guard let text = values[column] else { continue }
                        json.key(dynamic: name)
                        if name == "days" { Self.number(text, &json) } else { Self.flag(text, &json) }
                    }
                }
            }
        }
        return isEmpty ? nil : json.bytes
    }

    /// What it says of its variant, as an element of `variants`.
    func writeVariant(_ id: VariantID?, to json: inout JSONWriter) {
        json.object { json in
            if let id { json.field("id", id) }
            json.field("sku", sku)
            func write(_ column: String, _ name: String, _ write: (String, inout JSONWriter) -> Void) {
                guard let text = values[column] else { return }
                json.key(dynamic: name)
                write(text, &json)
            }
            write(ProductTableColumn.options, "options", Self.composed)
            write(ProductTableColumn.price, "price", money)
            write(ProductTableColumn.compareAt, "compare_at_price", money)
            if empty.contains(ProductTableColumn.compareAt) { json.nullField("compare_at_price") }
            write(ProductTableColumn.tiers, "tiers", tiers)
            for column in ["min_quantity", "max_quantity", "step", "weight_g"] { write(column, column, Self.number) }
            if empty.contains("max_quantity") { json.nullField("max_quantity") }
            write("barcode", "barcode") { $1.value($0) }
            if empty.contains("barcode") { json.nullField("barcode") }
            write("is_default", "is_default", Self.flag)
            if id == nil {
                write(ProductTableColumn.quantity, "stock", Self.number)
            } else if let isArchived {
                json.field("archived", isArchived)
            }
        }
    }

    /// Digits are a number; what is none is wrong where somebody looks for it.
    private static func number(_ text: String, _ json: inout JSONWriter) {
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if isPlain, let number = Int64(text) { json.value(number) } else { json.value(text) }
    }

    private static func flag(_ text: String, _ json: inout JSONWriter) {
        if let flag = bool(text) { json.value(flag) } else { json.value(text) }
    }

    private static func composed(_ text: String, _ json: inout JSONWriter) {
        if let value = document(text) { json.raw(value.raw) } else { json.value(text) }
    }

    private func money(_ text: String, _ json: inout JSONWriter) {
        let currency = values[ProductTableColumn.currency] ?? "\(Currency.inr)"
        json.object { json in
            json.key("amount")
            Self.number(text, &json)
            json.field("currency", currency)
        }
    }

    /// `[{"min_quantity":10,"price_amount":900}]`
    private func tiers(_ text: String, _ json: inout JSONWriter) {
        guard let elements = Self.document(text)?.elements else { return json.value(text) }
        json.array { json in
            for element in elements {
                guard element.members != nil else {
                    json.raw(element.raw)
                    continue
                }
                json.object { json in
                    if let quantity = element["min_quantity"] { json.field("min_quantity", raw: quantity.raw) }
                    if let price = element["price_amount"] {
                        json.key("price")
                        money(price.string ?? String(decoding: price.raw, as: UTF8.self), &json)
                    }
                }
            }
        }
    }
}
