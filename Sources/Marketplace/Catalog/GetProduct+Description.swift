// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension GetProduct {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Read one product",
        text: """
            By `id` or by `slug`, exactly one of them, with its variants. 404 where it is not for sale. With `company_id`, for which the \
            caller may buy, at the prices that the company agreed with the seller; such an answer is nobody else's.
            """,
        parameters: [
            .query("id", "Its id.", .id(ProductID.self)), .query("slug", "Its name in addresses.", ProductSchema.slug),
            .company, .ifNoneMatch,
        ],
        answers: [
            .json(.ok, "The product.", ProductSchema.product, headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has it already.", headers: [.etag, .publicCaching]),
        ], problems: [.notFound, .tokenMissing, .tokenExpired, .tokenInvalid, .accountBlocked, .validationFailed])
}
