// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ApproveSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Let a seller sell",
        text: """
            One that waits for approval, or is suspended; everything required must be verified. By another admin than the registrant.
            """,
        body: .json(
            SellerSchema.act(
                needsReason: false,
                [
                    .optional(
                        "commission_override",
                        Schema.object([.required("rate_bps", .integer(0...5000, example: 850))]).orNull),
                    .optional(
                        "trusted", Schema.boolean(example: false).orNull.says("Whether its products need no review.")),
                ])),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .kycIncomplete, .fourEyesRequired])
}
