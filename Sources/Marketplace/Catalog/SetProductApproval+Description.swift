// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SetProductApproval {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Decide about products",
        text: """
            One decision, answered as approving and refusing are, or up to 100 `items`: each is decided and committed for itself, and `results` \
            says of each what became of it. A refusal needs `reason_code` and `note`.
            """,
        body: .json(ProductEditSchema.decisions),
        answers: [
            .json(.ok, "The product, or the results.", .anyOf([ProductEditSchema.results, OwnedProductSchema.product]))
        ],
        problems: [.notFound, .versionConflict, .illegalTransition, .reasonRequired, .validationFailed])
}
