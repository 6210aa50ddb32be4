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
/// - Cost: one statement; one more where nothing is found.
struct SearchProducts: Sendable {
    static let path = "/api/products/search/"
    static let parameters = Pages.parameters + ["q"]
    static let textRange = 2...200

    let store: CatalogStore
    let categories: CategoryCache
    let cursors: CursorCodec
    let memory: CatalogMemory
    let seats: CatalogSeats

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        guard let key = CatalogMemory.Key(page: request) else { return try await read(request).response(to: request) }
        return try await memory.answer(key) { try await self.read(request) }.response(to: request)
    }

    private func read(_ request: RequestContext) async throws -> CatalogAnswer {
        let query = CatalogQuery(request)
        guard let text = try query.text("q"), Self.textRange.contains(text.unicodeScalars.count) else {
            throw CatalogQuery.invalid("q", "a text of 2 to 200 characters is expected")
        }
        let asked = try await FilterParameters(request, others: Self.parameters, categories: categories)
        let list = ListIdentity(route: Self.path, sort: "rank", filters: asked.identity + [("q", text)])
        let page = try CardPages.page(request, query, in: list, cursors)
        let after = try page.after.map(CardPages.position)

        let words = SearchWords(text)
        let (hits, isPartial) =
            words.all.isEmpty
            ? ([], false)
            : try await seats.seated {
                try await store.search(words.query, asked.filter, after: after, limit: page.limit)
            }
        var meant: String?
        if hits.isEmpty, after == nil, !words.all.isEmpty {
            let similar = try await seats.seated { try await store.similar(to: words.all) }
            meant = similar.flatMap { $0 == words.all ? nil : $0.joined(separator: " ") }
        }
        let body = CardPage(items: hits, limit: page.limit) {
            Self.item($0)
        } cursor: {
            cursors.encode(PageCursor([.number($0.rank), .number($0.card.id.rawValue)]), in: list)
        }.body { json in
            json.fieldIfPresent("did_you_mean", meant)
            if isPartial { json.field("results_are_partial", true) }
        }
        return CatalogAnswer(
            body, shown: .init(pageOf: hits.map(\.card), followsAllStock: asked.filter.isInStock))
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
