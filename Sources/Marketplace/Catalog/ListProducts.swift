// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/list/`: a page of the products that can be bought; from memory where it is there.
///
/// - Errors: 404 for a category or seller that does not exist, 400 `invalid-cursor`, 422 for an unknown sort or inclusion.
/// - Cost: one statement for the page; one more for the count, or to tell an unknown seller from one without products.
struct ListProducts: Sendable {
    static let path = "/api/products/list/"
    static let parameters = Pages.parameters + ["category_id", "seller_id", "sort", "include"]
    /// No answer is longer. A page that would be ends early, and its cursor goes on where it ended.
    static let byteCountMax = 100_000
    /// Room for the page's own members behind the items: the longest cursor is far shorter.
    static let pageByteCount = 1000

    let store: CatalogStore
    let categories: CategoryCache
    let cursors: CursorCodec
    let memory: CatalogMemory

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        guard let key = CatalogMemory.Key(page: request) else { return try await read(request).response(to: request) }
        return try await memory.answer(key) { try await self.read(request) }.response(to: request)
    }

    private func read(_ request: RequestContext) async throws -> CatalogAnswer {
        let query = CatalogQuery(request)
        let sort =
            try query.word("sort", of: ProductSort.allCases.map(\.rawValue))
            .flatMap(ProductSort.init(rawValue:)) ?? .newest
        let wantsCount = try query.word("include", of: ["count"]) != nil
        let (filter, list) = try await filter(query, sort)
        for name in Pages.parameters { _ = try query.text(name) }
        let page = try Pages(cursors: cursors).request(request, in: list)
        let after = try page.after.map(Self.position)

        let cards = try await store.products(filter, sort: sort, after: after, limit: page.limit)
        var count: BoundedCount?
        if cards.isEmpty, after == nil {
            if let seller = filter.seller, !(try await store.sellerExists(seller)) { throw Problem(.notFound) }
            count = wantsCount ? BoundedCount(0) : nil
        } else if wantsCount {
            count = try await store.productCount(filter)
        }
        let body = body(cards, limit: page.limit, count: count) { cursors.encode(sort.cursor(of: $0), in: list) }
        return CatalogAnswer(body, shown: .init(pageOf: cards))
    }

    /// What is listed, and the identity of that list, which its cursors are bound to.
    private func filter(
        _ query: CatalogQuery, _ sort: ProductSort
    ) async throws -> (filter: ProductFilter, list: ListIdentity) {
        var filter = ProductFilter()
        var names: [(name: String, value: String)] = []
        if let text = try query.text("category_id") {
            guard let category = CategoryID(text),
                let descendants = try await categories.tree(knowing: category).descendants(of: category)
            else { throw Problem(.notFound) }
            filter.categories = descendants
            names.append(("category_id", text))
        }
        if let text = try query.text("seller_id") {
            guard let seller = SellerID(text) else { throw Problem(.notFound) }
            filter.seller = seller
            names.append(("seller_id", text))
        }
        return (filter, ListIdentity(route: Self.path, sort: sort.rawValue, filters: names))
    }

    private static func position(_ cursor: PageCursor) throws -> (key: Int64, id: ProductID) {
        guard cursor.keys.count == 2, case .number(let key) = cursor.keys[0], case .number(let id) = cursor.keys[1]
        else { throw Problem(.invalidCursor) }
        return (key, ProductID(rawValue: id))
    }

    private func body(
        _ cards: [ProductCard], limit: Int, count: BoundedCount?, cursor: (ProductCard) -> String
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 512 + min(cards.count, limit) * 640)
        var last: ProductCard?
        var shown = 0
        json.object { json in
            json.array("data") { json in
                for card in cards.prefix(limit) {
                    let item = card.jsonBytes(capacity: 768)
                    // At least one item, or a list could never be read to its end.
                    if shown > 0, json.count + item.count > Self.byteCountMax - Self.pageByteCount { break }
                    json.raw(item)
                    shown += 1
                    last = card
                }
            }
            let next = shown < cards.count ? last.map(cursor) : nil
            json.object("page") { json in
                json.field("limit", limit)
                json.field("next_cursor", next)
                json.field("has_more", next != nil)
                if let count {
                    json.field("count", count.value)
                    if count.isEstimate { json.field("count_is_estimate", true) }
                }
            }
        }
        return json.bytes
    }
}
