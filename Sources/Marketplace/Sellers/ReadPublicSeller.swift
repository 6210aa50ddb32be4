// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/sellers/public/`: what buyers may know of a seller that sells.
struct ReadPublicSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let slug = try request.query.required("slug")
        guard let seller = try await SellerStore.activeSeller(slug: slug, in: dependencies.pool.reads) else {
            throw SellersDependencies.noSeller
        }
        var response = HTTPResponse.json { json in
            json.field("id", seller.id)
            json.field("slug", seller.slug)
            json.field("business_name", seller.businessName)
            seller.writeReputation(to: &json)
            json.field("member_since", seller.createdAt)
        }
        response.headers = [HTTPHeader("Cache-Control", "public, max-age=30, stale-while-revalidate=60")]
        // By its content: the rating changes without the seller's version.
        return response.tagged(for: request)
    }
}
