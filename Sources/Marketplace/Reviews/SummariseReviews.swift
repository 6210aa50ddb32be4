// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/reviews/summary/`: how many stars a product or a seller got, from counters that change with the reviews.
///
/// - Errors: 404 for what is no id; 422 unless exactly one of both is asked for.
/// - Cost: one row by its key.
struct SummariseReviews: Sendable {
    let dependencies: ReviewsDependencies

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let subject = try ReviewSubject.read(ReviewQuery(items: request.query))
        var response = HTTPResponse.json(try await ReviewStore.histogram(of: subject, in: dependencies.pool.reads))
        response.headers.append(ListReviews.caching)
        return response.tagged(for: request)
    }
}
