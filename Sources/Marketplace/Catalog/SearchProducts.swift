// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/search/`: the products in which all words of a text occur, the best first.
///
/// Titles weigh most, then brands, attributes, descriptions; the last word may be the beginning of one. Where nothing is found the
/// answer says what may have been meant.
///
/// - Errors: 422 for a text of other than 2 to 200 characters, 503 where too many search, and as ``FilterProducts``.
/// - Cost: one statement; one more where nothing is found, and for the count of a page behind the last; one for a company's prices.
struct SearchProducts: Sendable {
    static let path = "/api/products/search/"
    static let parameters = Pages.parameters + ["q", "include", CompanyShelf.parameter]
    static let textRange = 2...200

    let store: CatalogStore
    let categories: CategoryCache
    let cursors: CursorCodec
    let memory: CatalogMemory
    let seats: CatalogSeats
    /// nil where nothing is shown at prices of a company's own.
    let companies: CompanyShelf?

    /// What was found, before it is written.
    private struct Found {
        var page: CardPage<SearchHit>
        let meant: String?
        let isPartial: Bool
        let asked: FilterParameters

        var body: [UInt8] {
            page.body { json in
                json.fieldIfPresent("did_you_mean", meant)
                if isPartial { json.field("results_are_partial", true) }
            }
        }
    }

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        if let buyer = try await companies.buyer(of: request) {
            var found = try await find(request)
            let cards = try await buyer.priced(found.page.items.map(\.card))
            for (place, card) in cards.enumerated() { found.page.items[place].card = card }
            return CompanyShelf.response(found.body, to: request)
        }
        guard let key = CatalogMemory.Key(page: request) else { return try await read(request).response(to: request) }
        return try await memory.answer(key) { try await self.read(request) }.response(to: request)
    }

    private func read(_ request: RequestContext) async throws -> CatalogAnswer {
        let found = try await find(request)
        return CatalogAnswer(
            found.body,
            shown: .init(pageOf: found.page.items.map(\.card), followsAllStock: found.asked.filter.isInStock))
    }

    private func find(_ request: RequestContext) async throws -> Found {
        let query = CatalogQuery(request)
        guard let text = try query.text("q"), Self.textRange.contains(text.unicodeScalars.count) else {
            throw CatalogQuery.invalid("q", "a text of 2 to 200 characters is expected")
        }
        let wantsCount = try CardPages.wantsCount(query)
        let asked = try await FilterParameters(request, others: Self.parameters, categories: categories)
        let list = ListIdentity(route: Self.path, sort: "rank", filters: asked.identity + [("q", text)])
        let page = try CardPages.page(request, query, in: list, cursors)
        let after = try page.after.map(CardPages.position)

        let words = SearchWords(text)
        let found = try await search(words, asked.filter, after: after, limit: page.limit)
        let hits = found.hits
        var count = found.count
        // Behind the last one nothing tells how many there are.
        if wantsCount, hits.isEmpty, after != nil {
            count = try await search(words, asked.filter, after: nil, limit: 1).count
        }
        var meant: String?
        if hits.isEmpty, after == nil, !words.all.isEmpty {
            let similar = try await seats.seated { try await store.similar(to: words.all) }
            meant = similar.flatMap { $0 == words.all ? nil : $0.joined(separator: " ") }
        }
        let cards = CardPage(items: hits, limit: page.limit, count: wantsCount ? count : nil) {
            Self.item($0)
        } cursor: {
            cursors.encode(PageCursor([.number($0.rank), .number($0.card.id.rawValue)]), in: list)
        }
        return Found(page: cards, meant: meant, isPartial: found.count.isEstimate, asked: asked)
    }

    /// What is found; nothing where no word is left of the text.
    private func search(
        _ words: SearchWords, _ filter: ProductFilter, after: (key: Int64, id: ProductID)?, limit: Int
    ) async throws -> SearchHits {
        guard !words.all.isEmpty else { return SearchHits() }
        return try await seats.seated { try await store.search(words.query, filter, after: after, limit: limit) }
    }

    private static func item(_ hit: SearchHit) -> [UInt8] {
        var json = JSONWriter(capacity: 1280)
        json.object { json in
            hit.card.writeMembers(to: &json)
            json.object("highlights") { json in
                for (name, text) in [("title", hit.title), ("description", hit.description)]
                where text.unicodeScalars.contains(SearchHit.markStart) {
                    json.key(dynamic: name)
                    json.value(Highlight.html(text))
                }
            }
        }
        return json.bytes
    }
}
