// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/reviews/list/`: a page of the published reviews of a product or a seller.
///
/// - Errors: 400 `invalid-cursor`; 404 for what is no id; 422 for a filter's value that is none.
/// - Cost: the page, the names of its authors, and its media where it has any: three statements at most.
struct ListReviews: Sendable {
    static let path = "/api/reviews/list/"
    static let parameters = Pages.parameters + ReviewSubject.parameters + ["rating", "with_media", "sort"]
    /// As the catalogue's answers.
    static let caching = HTTPHeader("Cache-Control", "public, max-age=30, stale-while-revalidate=60")

    let dependencies: ReviewsDependencies

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let query = ReviewQuery(items: request.query)
        let filter = ReviewFilter(
            subject: try ReviewSubject.read(query),
            rating: try query.value("rating", "a number from 1 to 5") { text in
                Int(text).flatMap { Review.ratings.contains($0) ? $0 : nil }
            },
            withMedia: try query.flag("with_media") ?? false,
            sort: try query.value("sort", "one of \(ReviewSort.parameters.joined(separator: ", "))") {
                ReviewSort(parameter: $0)
            } ?? .newest)
        var filters = [filter.subject.filter]
        if let rating = filter.rating { filters.append(("rating", "\(rating)")) }
        if filter.withMedia { filters.append(("with_media", "true")) }
        let list = ListIdentity(route: Self.path, sort: filter.sort.rawValue, filters: filters)
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list, isOrderRead: true)
        let reads = dependencies.pool.reads
        let rows = try await ReviewStore.shown(
            filter, after: try asked.after.map(Self.position), limit: asked.limit + 1, in: reads)
        let page = Page(rows: rows, limit: asked.limit, cursor: filter.sort.cursor)
        let shown = try await dependencies.shown(page.items, in: reads)
        // What is shown has the order of the page.
        var items = shown[...]
        return pages.response(page.map { _ in items.removeFirst() }, in: list, headers: [Self.caching]) { item, json in
            json.object { item.write(to: &$0, for: .everybody) }
        }.tagged(for: request)
    }

    static func position(_ cursor: PageCursor) throws -> (key: Int64, id: ReviewID) {
        let (key, id) = try cursor.twoNumbers()
        return (key, ReviewID(rawValue: id))
    }
}
