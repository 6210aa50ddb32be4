// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// A picture that a seller has sent.
struct ProductImage: Sendable, Equatable {
    static let altLength = 1...300

    let picture: Picture
    let alt: String?

    var id: ImageID { picture.id }

    /// Writes the picture as products show it.
    func writeMembers(to json: inout JSONWriter) {
        picture.writeMembers(to: &json)
        json.field("alt", alt)
    }

    /// The pictures of a product, canonical.
    static func json(_ images: [ProductImage]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for image in images { json.object { image.writeMembers(to: &$0) } }
        }
        return ProductStore.canonical(json.bytes) ?? json.bytes
    }

    /// The pictures of a product, canonical, with this one among them: at a place from 0, or behind them.
    func inserted(into pictures: [UInt8], at position: Int?) -> [UInt8] {
        var elements = (ProductStore.document(pictures)?.elements ?? []).map { Array($0.raw) }
        var json = JSONWriter()
        json.object { writeMembers(to: &$0) }
        elements.insert(json.bytes, at: min(position ?? elements.count, elements.count))
        var list = JSONWriter()
        list.array { list in
            for element in elements { list.raw(element) }
        }
        return ProductStore.canonical(list.bytes) ?? list.bytes
    }

    /// The ids in the pictures of a product, in their order; pictures that were loaded in bulk have none.
    static func ids(_ json: [UInt8]) -> [ImageID] {
        (ProductStore.document(json)?.elements ?? []).compactMap { $0["id"]?.string.flatMap { ImageID($0) } }
    }
}

extension OwnedProduct {
    /// The pictures that it shows or proposes.
    var imagesInUse: Set<ImageID> {
        Set(ProductImage.ids(fields.images)).union(ProductImage.ids(proposal.fields.images))
    }
}
