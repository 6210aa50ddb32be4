// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A count that stops where counting becomes dear.
struct BoundedCount: Equatable, Sendable {
    /// Exact up to here.
    static let exactMax = 10_000

    let value: Int
    let isEstimate: Bool

    init(_ counted: Int) {
        value = min(counted, Self.exactMax)
        isEstimate = counted > Self.exactMax
    }

    /// - Parameter isPartial: whether there are more than were counted.
    init(_ counted: Int, isPartial: Bool) {
        value = counted
        isEstimate = isPartial
    }
}

extension CatalogStore {
    /// A page of visible products, with one more than the limit when there are more.
    ///
    /// - Throws: `.decoding` for a row that does not fit; whatever the client throws.
    /// - Cost: one statement; the indexes of visible products lead it, the outer part touches `limit + 1` products.
    func products(
        _ filter: ProductFilter, sort: ProductSort, after: (key: Int64, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> [ProductCard] {
        var parameters = PostgresParameters()
        parameters.append(limit + 1)
        if let after {
            switch sort {
            case .newest: parameters.append(PostgresTimestamp(microseconds: after.key))
            default: parameters.append(after.key)
            }
            parameters.append(after.id.rawValue)
        }
        Self.append(filter, to: &parameters)
        let sql = ProductSQL.list(sort, isFirst: after == nil, filter)
        let rows = try await client.query(sql, with: parameters)
        var cards: [ProductCard] = []
        cards.reserveCapacity(rows.count)
        for row in rows { cards.append(try Self.card(row)) }
        return cards
    }

    /// How many products the list holds.
    func productCount(_ filter: ProductFilter) async throws(PostgresError) -> BoundedCount {
        var parameters = PostgresParameters()
        parameters.append(BoundedCount.exactMax + 1)
        Self.append(filter, to: &parameters)
        let rows = try await client.query(ProductSQL.count(filter), with: parameters)
        return BoundedCount(try rows.only().int(0))
    }

    private static func append(_ filter: ProductFilter, to parameters: inout PostgresParameters) {
        switch ProductSQL.Scope(filter) {
        case .all: break
        case .category: if let category = filter.categories?.first { parameters.append(category.rawValue) }
        case .categories: parameters.appendArray(filter.categories ?? []) { $0.rawValue }
        case .seller: if let seller = filter.seller { parameters.append(seller.rawValue) }
        case .sellerCategories:
            if let seller = filter.seller { parameters.append(seller.rawValue) }
            parameters.appendArray(filter.categories ?? []) { $0.rawValue }
        }
    }

    /// A visible product by its id.
    func product(_ id: ProductID) async throws(PostgresError) -> Product? {
        try await client.query(ProductSQL.byID, id.rawValue).first.map(Self.product)
    }

    /// A visible product by its name in addresses.
    func product(slug: String) async throws(PostgresError) -> Product? {
        try await client.query(ProductSQL.bySlug, slug).first.map(Self.product)
    }

    private static func product(_ row: PostgresRow) throws(PostgresError) -> Product {
        let first = ProductSQL.cardColumns
        return Product(
            card: try card(row), description: try row.string(first), images: try row.bytes(first + 1),
            attributes: try row.bytes(first + 2), options: try row.bytes(first + 3),
            returnPolicy: try row.bytes(first + 4), hsnCode: try row.string(first + 5), gstRate: try row.int(first + 6),
            status: try row.string(first + 7),
            updatedAt: Timestamp(microseconds: try row.timestamp(first + 8)), version: try row.int64(first + 9))
    }

    static func card(_ row: PostgresRow) throws(PostgresError) -> ProductCard {
        let currency = try currency(row, 6)
        return ProductCard(
            id: ProductID(rawValue: try row.int64(0)), slug: try row.string(1), title: try row.string(2),
            thumbnailURL: try row.stringOrNil(3),
            seller: SellerCard(
                id: SellerID(rawValue: try row.int64(14)), name: try row.string(15),
                rating: Rating(count: try row.int(16), sum: try row.int64(17))),
            price: Money(minor: try row.int64(4), currency: currency),
            compareAtPrice: try row.int64OrNil(5).map { Money(minor: $0, currency: currency) },
            priceIsFrom: try row.bool(7), isInStock: try row.bool(18),
            rating: Rating(count: try row.int(8), sum: try row.int64(9)),
            category: CategoryID(rawValue: try row.int64(10)), badges: try row.decode(11),
            variants: try (row.decode(19) as [Int64]).map(VariantID.init(rawValue:)),
            createdAt: Timestamp(microseconds: try row.timestamp(12)), soldCount: try row.int64(13))
    }
}
