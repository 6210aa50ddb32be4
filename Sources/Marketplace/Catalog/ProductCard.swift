// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// How buyers rate something.
struct Rating: Sendable, Equatable, JSONWritable {
    /// How many have rated.
    let count: Int
    /// The average in hundredths of a star: 437 is 4.37; 0 when nobody has rated.
    let centi: Int

    init(count: Int, sum: Int64) {
        self.count = count
        centi = count > 0 ? Int(clamping: sum * 100 / Int64(count)) : 0
    }

    /// Writes `{"average":4.37,"count":12}`.
    func write(to json: inout JSONWriter) {
        json.object { json in
            let fraction = centi % 100
            json.field("average", raw: "\(centi / 100).\(fraction < 10 ? "0" : "")\(fraction)".utf8)
            json.field("count", count)
        }
    }
}

/// The seller as a product shows it.
struct SellerCard: Sendable, Equatable, JSONWritable {
    let id: SellerID
    let name: String
    let rating: Rating

    /// Writes `{"id":…,"name":…,"rating":{…}}`.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("name", name)
            json.field("rating", rating)
        }
    }
}

/// What a product costs a company: its cheapest variant, bought in the least quantity of it.
struct OwnPrice: Sendable, Equatable {
    let price: Money
    let compareAtPrice: Money?
    /// Whether other variants cost more.
    let isFrom: Bool
    /// `companyList` where the company's list has the variant.
    let source: PriceSource
}

/// A product as lists show it.
struct ProductCard: Sendable, Equatable, JSONWritable {
    let id: ProductID
    let slug: String
    let title: String
    let thumbnailURL: String?
    let seller: SellerCard
    /// Of the cheapest variant.
    let price: Money
    let compareAtPrice: Money?
    /// Whether other variants cost more.
    let priceIsFrom: Bool
    /// What is shown instead to somebody with prices of their own; lists are sorted by everybody's.
    var own: OwnPrice?
    let isInStock: Bool
    let rating: Rating
    let category: CategoryID
    let badges: [String]
    /// All of them, sold or not: whose stock decides `isInStock`.
    let variants: [VariantID]
    /// Sort keys that are not shown.
    let createdAt: Timestamp
    let soldCount: Int64

    /// Writes the list shape.
    func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    /// Writes the members alone, for the detail, which has these and more.
    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("slug", slug)
        json.field("title", title)
        json.field("thumbnail_url", thumbnailURL)
        json.field("seller", seller)
        json.field("price", own?.price ?? price)
        json.fieldIfPresent("price_source", own?.source.rawValue)
        json.fieldIfPresent("compare_at_price", own.map(\.compareAtPrice) ?? compareAtPrice)
        json.field("price_is_from", own?.isFrom ?? priceIsFrom)
        json.field("in_stock", isInStock)
        json.field("rating", rating)
        json.field("category_id", category)
        json.field("badges", badges)
    }
}
