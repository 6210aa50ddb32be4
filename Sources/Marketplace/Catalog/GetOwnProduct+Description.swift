// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension GetOwnProduct {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Read one of the seller's products",
        text:
            "As it is live, with the revision that waits as differences, the units of its variants, and the archived ones.",
        parameters: [.query("id", "Its id.", .id(ProductID.self))],
        answers: [.json(.ok, "The product.", OwnedProductSchema.detail, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}
