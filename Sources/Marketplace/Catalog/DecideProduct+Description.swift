// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DecideProduct {
    static let approval = RouteDescription(
        tag: .catalogue, summary: "Approve a product",
        text: """
            Approves exactly the `revision` that was looked at, or whichever waits where none is named: buyers see it from now \
            on. A newer one is 412. Repeating it changes nothing.
            """,
        body: .json(ProductEditSchema.approval),
        answers: [.json(.ok, "The product as it is now.", OwnedProductSchema.product, headers: [.etag])],
        problems: [.notFound, .versionConflict, .illegalTransition, .validationFailed])

    static let refusal = RouteDescription(
        tag: .catalogue, summary: "Refuse a product",
        text: """
            Refuses exactly the `revision` that was looked at, with a reason and a note that its seller is shown. What was \
            approved before stays live. Repeating it changes nothing.
            """,
        body: .json(ProductEditSchema.refusal),
        answers: [.json(.ok, "The product as it is now.", OwnedProductSchema.product, headers: [.etag])],
        problems: [.notFound, .versionConflict, .illegalTransition, .reasonRequired, .validationFailed])
}
