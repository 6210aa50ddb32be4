// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP

/// Which products sellers and admins list.
struct ProductListFilter: Sendable {
    /// Units on the shelf of the variants for sale.
    enum Stock: String, CaseIterable, Sendable {
        /// Of some variant.
        case inStock = "in"
        /// Of some variant few: no more than its threshold.
        case low
        /// Of none.
        case out
    }

    static let qLength = 1...200

    var seller: SellerID?
    var listing: ProductListing?
    var moderation: ProductModeration?
    /// With all categories below it.
    var category: CategoryID?
    var stock: Stock?
    var q: String?

    /// Part of a title, or the beginning of a SKU or of a name in addresses; as a pattern.
    var pattern: String? {
        q.map { text in
            var escaped = ""
            for character in text {
                if character == "%" || character == "_" || character == "\\" { escaped.append("\\") }
                escaped.append(character)
            }
            return escaped
        }
    }

    /// The list that a cursor belongs to.
    func identity(_ route: String, owner: String) -> ListIdentity {
        var filters = [(name: "owner", value: owner)]
        if let seller { filters.append(("seller_id", "\(seller)")) }
        if let listing { filters.append(("status", listing.rawValue)) }
        if let moderation { filters.append(("moderation", moderation.rawValue)) }
        if let category { filters.append(("category_id", "\(category)")) }
        if let stock { filters.append(("stock", stock.rawValue)) }
        if let q { filters.append(("q", q)) }
        return ListIdentity(route: route, sort: "newest", filters: filters)
    }

    /// Reads what both lists know.
    static func read(_ query: CatalogQuery) throws -> ProductListFilter {
        var filter = ProductListFilter()
        filter.moderation = try query.word("moderation", of: ProductModeration.allCases.map(\.rawValue))
            .flatMap { ProductModeration(rawValue: $0) }
        if let q = try query.text("q") {
            guard let line = ProductFields.line(q, qLength) else {
                throw CatalogQuery.invalid("q", "1 to \(qLength.upperBound) characters are expected")
            }
            filter.q = line
        }
        return filter
    }
}
