// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension MoveProduct.Move {
    /// What the route says of itself.
    var description: RouteDescription {
        switch self {
        case .submit:
            Self.description(
                "Hand a product in for review",
                "Opens a revision of all that a buyer reads. What a trusted seller hands in is approved at once.",
                [.sellerNotActive])
        case .list(.unlist):
            Self.description(
                "Take a product off the shelf", "It cannot be bought until it is put back; nothing is lost.")
        case .list(.relist), .list(.publish):
            Self.description(
                "Put a product back on the shelf", "It can be bought again as it was approved.", [.sellerNotActive])
        case .list(.archive):
            Self.description(
                "Put a product away for good",
                "It leaves the shop and every cart; orders keep what they bought. There is no way back.")
        }
    }

    private static func description(
        _ summary: String, _ text: String, _ problems: [ProblemCode] = []
    ) -> RouteDescription {
        RouteDescription(
            tag: .catalogue, summary: summary, text: text + " Repeating it changes nothing.", parameters: [.ifMatch],
            body: .json(ProductEditSchema.reference),
            answers: [.json(.ok, "The product as it is now.", OwnedProductSchema.product, headers: [.etag])],
            problems: problems + [.notFound, .versionConflict, .illegalTransition, .validationFailed])
    }
}
