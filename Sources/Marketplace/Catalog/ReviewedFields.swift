// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// An option by which the variants of a product differ.
struct ProductOption: Sendable, Equatable {
    let name: String
    let values: [String]

    /// Writes `[{"name":…,"values":[…]}]`.
    static func write(_ options: [ProductOption], to json: inout JSONWriter) {
        json.array { json in
            for option in options {
                json.object { json in
                    json.field("name", option.name)
                    json.array("values") { json in
                        for value in option.values { json.value(value) }
                    }
                }
            }
        }
    }

    /// Reads what `write` wrote; nil for anything else.
    static func read(_ value: JSONValue?) -> [ProductOption]? {
        var options: [ProductOption] = []
        for element in value?.elements ?? [] {
            guard let name = element["name"]?.string, let values = element["values"]?.elements else { return nil }
            // Rows that were loaded in bulk may hold numbers.
            options.append(ProductOption(name: name, values: values.compactMap { $0.string ?? $0.numberText }))
        }
        return options
    }
}

/// What is reviewed of a product: everything that a buyer reads of it. Prices, stock and the terms of an order are not.
struct ReviewedFields: Sendable, Equatable {
    var title: String
    var description: String
    var category: CategoryID
    var brand: String?
    /// Canonical JSON: an object of texts.
    var attributes: [UInt8]
    var hsnCode: String
    var gstRate: Int
    var options: [ProductOption]
    /// Canonical JSON: the pictures as buyers get them.
    var images: [UInt8]
}

/// What a revision proposes.
struct ProductProposal: Sendable, Equatable {
    var fields: ReviewedFields
    /// Other options for variants that are live with those they have.
    var variantOptions: [VariantID: [String: String]] = [:]

    /// The form in which it is stored.
    var json: [UInt8] {
        var json = JSONWriter(capacity: 512 + fields.description.utf8.count)
        json.object { json in
            json.field("title", fields.title)
            json.field("description", fields.description)
            json.field("category_id", fields.category.rawValue)
            json.field("brand", fields.brand)
            json.field("attributes", raw: fields.attributes)
            json.field("hsn_code", fields.hsnCode)
            json.field("gst_rate_bps", fields.gstRate)
            json.key("options")
            ProductOption.write(fields.options, to: &json)
            json.field("images", raw: fields.images)
            json.object("variant_options") { json in
                for (variant, options) in variantOptions.sorted(by: { $0.key < $1.key }) {
                    json.key(dynamic: "\(variant.rawValue)")
                    json.raw(ProductFields.json(options))
                }
            }
        }
        return json.bytes
    }

    /// Reads the stored form; nil for anything else.
    init?(json: [UInt8]) {
        guard let root = try? JSONDocument(parsing: json).root, let title = root["title"]?.string,
            let description = root["description"]?.string, let category = root["category_id"]?.int64,
            let hsnCode = root["hsn_code"]?.string, let gstRate = root["gst_rate_bps"]?.int,
            let options = ProductOption.read(root["options"]),
            let attributes = Self.canonical(root["attributes"]), let images = Self.canonical(root["images"])
        else { return nil }
        fields = ReviewedFields(
            title: title, description: description, category: CategoryID(rawValue: category),
            brand: root["brand"]?.string, attributes: attributes, hsnCode: hsnCode, gstRate: gstRate, options: options,
            images: images)
        for member in root["variant_options"]?.members ?? [] {
            guard let variant = Int64(member.name), let texts = Self.texts(member.value) else { return nil }
            variantOptions[VariantID(rawValue: variant)] = texts
        }
    }

    /// What is live, proposed as it is.
    init(_ fields: ReviewedFields) {
        self.fields = fields
    }

    /// The one spelling of a stored value.
    static func canonical(_ value: JSONValue?) -> [UInt8]? {
        value.flatMap { try? JSONDocument(parsing: Array($0.raw)).canonical() }
    }

    /// The options of a variant as they are stored.
    static func texts(_ value: JSONValue) -> [String: String]? {
        guard let members = value.members else { return nil }
        var texts: [String: String] = [:]
        for member in members { texts[member.name] = member.value.string ?? member.value.numberText }
        return texts
    }
}
