// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ArchiveProduct {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Take a product away for good",
        text: """
            What may not be sold here is archived against its seller's will, with a reason and a note. A revision that waits \
            is closed; orders keep what they bought. Repeating it changes nothing.
            """,
        body: .json(ProductEditSchema.removal),
        answers: [.json(.ok, "The product as it is now.", OwnedProductSchema.product, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}
