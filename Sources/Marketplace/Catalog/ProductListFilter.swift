// SPDX-License-Identifier: Apache-2.0
import HTTP
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
    /// Any of these; nil: whatever it is.
    var listings: [ProductListing]?
    var moderations: [ProductModeration]?
    var periods = ProductPeriods()
    var isOldestFirst = false
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
        if let listings { filters.append(("status", listings.map(\.rawValue).sorted().joined(separator: ","))) }
        if let moderations {
            filters.append(("moderation", moderations.map(\.rawValue).sorted().joined(separator: ",")))
        }
        if let category { filters.append(("category_id", "\(category)")) }
        if let stock { filters.append(("stock", stock.rawValue)) }
        if let q { filters.append(("q", q)) }
        filters += periods.identity
        return ListIdentity(route: route, sort: isOldestFirst ? "created_at" : "-created_at", filters: filters)
    }

    /// What both lists know, beside the page.
    static let parameters = ["status", "moderation"] + ProductPeriods.parameters + ["q", "sort"]

    /// Reads what both lists know.
    static func read(_ query: CatalogQuery) throws -> ProductListFilter {
        var filter = ProductListFilter()
        filter.listings = try query.words("status", of: ProductListing.self)
        filter.moderations = try query.words("moderation", of: ProductModeration.self)
        filter.periods = try ProductPeriods.read(query)
        filter.isOldestFirst = try query.isTurned(sort: "created_at", usually: "-created_at")
        if let q = try query.text("q") {
            guard let line = ProductFields.line(q, qLength) else {
                throw CatalogQuery.invalid("q", "1 to \(qLength.upperBound) characters are expected")
            }
            filter.q = line
        }
        return filter
    }

    /// What both lists say of what they know.
    static let descriptions: [RouteParameter] =
        [
            .query(
                "status", "In one of these states on the shelf.",
                .array(
                    of: .choice(of: ProductListing.self, example: .active), count: 1...ProductListing.allCases.count)),
            .query(
                "moderation", "At one of these steps of the review.",
                .array(
                    of: .choice(of: ProductModeration.self, example: .approved),
                    count: 1...ProductModeration.allCases.count)),
        ] + ProductPeriods.descriptions + [
            .query(
                "sort", "The order.",
                .choice(["-created_at", "created_at"], example: "-created_at").defaults(to: "-created_at"))
        ]
}
