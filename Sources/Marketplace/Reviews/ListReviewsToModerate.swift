// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Which reviews a moderator looks at, and in which order.
struct ModerationFilter: Sendable {
    /// In one of these states, each once; nil: in any.
    var statuses: [ReviewStatus]?
    /// Only what somebody has reported.
    var isReported = false
    var product: ProductID?
    var seller: SellerID?
    var isNewestFirst = false
}

/// `GET /api/admin/reviews/`: reviews in any state, those that wait longest first.
///
/// - Errors: 400 `invalid-cursor`; 404 for what is no id; 422 for a filter's value that is none.
/// - Cost: the page, the names of its authors, and its media where it has any: three statements at most.
struct ListReviewsToModerate: Sendable {
    static let path = "/api/admin/reviews/"
    static let parameters = Pages.parameters + ReviewSubject.parameters + ["status", "reported", "sort"]

    /// Its orders.
    private enum Sort: String, CaseIterable {
        case oldest = "created_at"
        case newest = "-created_at"
    }

    let dependencies: ReviewsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let (filter, list) = try Self.read(ReviewQuery(items: request.query))
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let reads = dependencies.pool.reads
        let rows = try await ReviewStore.toModerate(
            filter, after: try asked.after.map(ListReviews.position), limit: asked.limit + 1, in: reads)
        let page = Page(rows: rows, limit: asked.limit, cursor: ReviewSort.newest.cursor)
        let shown = try await dependencies.shown(page.items, in: reads)
        var items = shown[...]
        return pages.response(page.map { _ in items.removeFirst() }, in: list) { item, json in
            json.object { item.write(to: &$0, for: .moderator) }
        }
    }

    private static func read(_ query: ReviewQuery) throws -> (ModerationFilter, ListIdentity) {
        var filter = ModerationFilter()
        var filters: [(name: String, value: String)] = []
        if let statuses = try query.words("status", of: ReviewStatus.self) {
            filter.statuses = statuses
            filters.append(("status", statuses.map(\.rawValue).joined(separator: ",")))
        }
        if try query.flag("reported") ?? false {
            filter.isReported = true
            filters.append(("reported", "true"))
        }
        if let text = try query.text("product_id") {
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            filter.product = id
            filters.append(("product_id", text))
        }
        if let text = try query.text("seller_id") {
            guard let id = SellerID(text) else { throw Problem(.notFound) }
            filter.seller = id
            filters.append(("seller_id", text))
        }
        let sort = try query.word("sort", of: Sort.self) ?? .oldest
        filter.isNewestFirst = sort == .newest
        return (filter, ListIdentity(route: path, sort: sort.rawValue, filters: filters))
    }
}
