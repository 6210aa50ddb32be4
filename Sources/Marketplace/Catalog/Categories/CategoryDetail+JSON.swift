// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CategoryDetail: JSONWritable {
    /// Writes the category with its version, and the products of its own.
    func write(to json: inout JSONWriter) {
        json.object { json in
            row.writeMembers(products: row.products, to: &json)
            json.field("version", version)
        }
    }

    /// As the audit keeps it.
    var json: [UInt8] {
        var json = JSONWriter(capacity: 256)
        write(to: &json)
        return json.bytes
    }

    /// The answer with this category.
    func response(_ status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, headers: [EntityTag(version: version).header], body: json)
    }

    /// What it is made of.
    var values: CategoryStore.Values {
        CategoryStore.Values(
            parent: row.parent, slug: row.slug, name: row.name, imageURL: row.imageURL,
            position: Int32(clamping: row.position), taxClass: row.taxClass)
    }
}
