// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/sellers/orders/detail/`: one of the seller's own parts, in full; another seller's is 404.
struct ReadSellerOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.seller(of: caller)
        guard let id = SellerOrderID(try request.query.required("id")),
            let order = try await dependencies.store.order(ofPart: id, soldBy: seller)
        else { throw Problem(.notFound) }
        return try await dependencies.response(id, in: order, of: seller)
    }

    static let description = RouteDescription(
        tag: .orders, summary: "Read a part of an order, as its seller",
        text: "With lines, parcels and history. Where it goes is shown once it is accepted.",
        parameters: [.query("id", "The part.", .id(SellerOrderID.self), isRequired: true)],
        answers: [.json(.ok, "The part.", OrderSchema.soldPart, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}
