// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a seller wants a product to be; nil is unchanged, and for a new product not given.
struct ProductEdit: Sendable {
    var title: String?
    var description: String?
    var category: CategoryID?
    var brand = Clearable<String>.unchanged
    /// Canonical JSON.
    var attributes: [UInt8]?
    var hsnCode: String?
    var gstRate: Int?
    var options: [ProductOption]?
    var variants: [VariantEdit] = []
    var images: [ImageID]?
    /// Canonical JSON.
    var returnPolicy: [UInt8]?

    /// Reads the members of a body; all that a product needs is required of a new one.
    static func read(_ body: inout JSONInput, isNew: Bool) throws -> ProductEdit {
        var edit = ProductEdit()
        edit.title = body.line("title", ProductLimits.titleLength, isRequired: isNew)
        let description: (String) -> String? = { ProductFields.paragraphs($0, ProductLimits.descriptionLength) }
        edit.description =
            isNew
            ? body.parsed(
                "description", length: 0...ProductLimits.descriptionLength.upperBound, placeholder: "", description)
            : body.optionalParsed("description", length: 0...ProductLimits.descriptionLength.upperBound, description)
        let category =
            isNew ? body.string("category_id", length: 1...64) : body.optionalString("category_id", length: 1...64)
        edit.brand = body.clearableLine("brand", ProductLimits.brandLength)
        edit.attributes = attributes(&body)
        edit.hsnCode =
            isNew
            ? body.parsed("hsn_code", length: 1...16, placeholder: "") { ProductFields.hsnCode($0) }
            : body.optionalParsed("hsn_code", length: 1...16) { ProductFields.hsnCode($0) }
        edit.gstRate = body.int("gst_rate_bps", in: 0...10_000, isRequired: isNew)
        if let rate = edit.gstRate, !ProductLimits.gstRates.contains(rate) {
            body.fail(
                "gst_rate_bps", code: "invalid",
                message: "one of \(ProductLimits.gstRates.map(String.init).joined(separator: ", "))")
        }
        edit.options = options(&body)
        let variants = 1...ProductLimits.variants.upperBound
        edit.variants =
            isNew
            ? try body.array("variants", count: variants) { try VariantEdit.read(&$0, ofNewProduct: true) }
            : try body.optionalArray("variants", count: variants) { try VariantEdit.read(&$0, ofNewProduct: false) }
                ?? []
        edit.returnPolicy = returnPolicy(&body)
        edit.images = try images(&body)
        // A well-formed body that names what does not exist.
        if let category {
            guard let id = CategoryID(category) else { throw Self.unknown("/category_id", "there is no such category") }
            edit.category = id
        }
        return edit
    }

    /// 404 for something that a body names.
    static func unknown(_ pointer: String, _ message: String) -> Problem {
        Problem(.notFound, errors: [.init(pointer: pointer, code: "not-found", message: message)])
    }

    private static func attributes(_ body: inout JSONInput) -> [UInt8]? {
        guard let member = body.member("attributes"), !member.isNull else { return nil }
        guard let attributes = ProductFields.attributes(member) else {
            body.fail(
                "attributes", code: "invalid",
                message: """
                    an object of at most \(ProductLimits.attributesMax) texts of \(ProductLimits.attributeLength.upperBound) characters, \
                    numbers without an exponent, and booleans
                    """)
            return nil
        }
        return attributes
    }

    private static func options(_ body: inout JSONInput) -> [ProductOption]? {
        let options = body.optionalArray("options", count: 0...ProductLimits.optionsMax) { option in
            let name = option.line("name", ProductLimits.optionNameLength, isRequired: true) ?? ""
            let values = option.strings(
                "values", count: ProductLimits.optionValues, length: ProductLimits.optionValueLength
            ).map { ProductFields.line($0, ProductLimits.optionValueLength) }
            if values.contains(nil) { option.fail("values", code: "invalid", message: "a value is not valid here") }
            if Set(values).count != values.count {
                option.fail("values", code: "repeated", message: "a value occurs twice")
            }
            return ProductOption(name: name, values: values.compactMap { $0 })
        }
        if let options, Set(options.map(\.name)).count != options.count {
            body.fail("options", code: "repeated", message: "a name occurs twice")
        }
        return options
    }

    private static func returnPolicy(_ body: inout JSONInput) -> [UInt8]? {
        body.optionalObject("return_policy") { policy in
            var json = JSONWriter()
            json.object { json in
                json.field("days", policy.int("days", in: ProductLimits.returnDays))
                json.field("returnable", policy.bool("returnable"))
            }
            return json.bytes
        }
    }

    private static func images(_ body: inout JSONInput) throws -> [ImageID]? {
        guard let texts = body.optionalStrings("image_ids", count: 0...ProductLimits.imagesMax, length: 1...64) else {
            return nil
        }
        var ids: [ImageID] = []
        for (index, text) in texts.enumerated() {
            guard let id = ImageID(text) else { throw unknown("/image_ids/\(index)", "there is no such image") }
            ids.append(id)
        }
        if Set(ids).count != ids.count { body.fail("image_ids", code: "repeated", message: "an image occurs twice") }
        return ids
    }
}
