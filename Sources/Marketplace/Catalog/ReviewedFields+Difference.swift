// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// One field in which a revision differs from what is live.
struct FieldDifference: Sendable, Equatable, JSONWritable {
    let field: String
    /// JSON; nil where nothing was approved before.
    let before: [UInt8]?
    /// JSON.
    let after: [UInt8]

    /// Writes `{"field":…,"before":…,"after":…}`.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("field", field)
            json.field("before", raw: before ?? Array("null".utf8))
            json.field("after", raw: after)
        }
    }
}

extension ProductProposal {
    /// The fields that differ from what is live, in the order in which they are shown; all of them where nothing is.
    func differences(from live: ReviewedFields?, options: [VariantID: [String: String]]) -> [FieldDifference] {
        let after = Self.shown(fields)
        var differences: [FieldDifference] = []
        if let live {
            for (old, new) in zip(Self.shown(live), after) where old.value != new.value {
                differences.append(FieldDifference(field: new.name, before: old.value, after: new.value))
            }
        } else {
            differences = after.map { FieldDifference(field: $0.name, before: nil, after: $0.value) }
        }
        for (variant, proposed) in variantOptions.sorted(by: { $0.key < $1.key }) {
            differences.append(
                FieldDifference(
                    field: "variants/\(variant)/options", before: options[variant].map { ProductFields.json($0) },
                    after: ProductFields.json(proposed)))
        }
        return differences
    }

    private static func shown(_ fields: ReviewedFields) -> [(name: String, value: [UInt8])] {
        func json(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
            var json = JSONWriter()
            write(&json)
            return json.bytes
        }
        return [
            ("title", json { $0.value(fields.title) }), ("description", json { $0.value(fields.description) }),
            ("category_id", fields.category.jsonBytes()),
            ("brand", json { json in if let brand = fields.brand { json.value(brand) } else { json.null() } }),
            ("attributes", fields.attributes), ("hsn_code", json { $0.value(fields.hsnCode) }),
            ("gst_rate_bps", json { $0.value(fields.gstRate) }),
            ("options", json { ProductOption.write(fields.options, to: &$0) }), ("images", fields.images),
        ]
    }
}
