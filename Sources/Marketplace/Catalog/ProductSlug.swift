// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// A product's name in addresses, made of its title: lower-case ASCII letters and digits, joined by single hyphens.
///
/// Latin letters lose their marks, the scripts of India are spelled out, and what cannot be spelled is left out.
enum ProductSlug {
    /// The column holds 200; room is left for the digits of an id.
    static let lengthMax = 120

    /// The names to try, the nicest first. The later ones hold the product's id, which nobody else has.
    static func candidates(title: String, product: ProductID) -> [String] {
        let digits = "\(product)".dropFirst(ProductID.prefixLength)
        let base = base(title)
        return base.isEmpty ? ["product-\(digits)"] : [base, "\(base)-\(digits)", "product-\(digits)"]
    }

    /// The title in lower-case ASCII; empty where nothing of it can be spelled.
    static func base(_ title: String) -> String {
        var slug: [UInt8] = []
        for byte in Transliteration.ascii(title).utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): slug.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): slug.append(byte + 32)
            // "Asha's" is one word.
            case UInt8(ascii: "'"): break
            default: if let last = slug.last, last != UInt8(ascii: "-") { slug.append(UInt8(ascii: "-")) }
            }
        }
        slug = Array(slug.prefix(lengthMax))
        while slug.last == UInt8(ascii: "-") { slug.removeLast() }
        return String(decoding: slug, as: UTF8.self)
    }
}
