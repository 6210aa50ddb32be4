// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReinstateSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Let a suspended seller sell again",
        text: """
            Everything required must be verified. By another admin than the registrant.
            """,
        body: .json(SellerSchema.act(needsReason: true)),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .kycIncomplete, .fourEyesRequired])
}
