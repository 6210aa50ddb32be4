// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension GetProductForReview {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Read a product for its review",
        text:
            "As it is live, the revision that waits as differences, its history, and what a reviewer should see at once.",
        parameters: [.query("id", "Its id.", .id(ProductID.self))],
        answers: [.json(.ok, "The product.", OwnedProductSchema.review, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}
