// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DeleteReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Take one's own review back",
        text: "At any time. The order line cannot be reviewed again.",
        body: .json(.object([ReviewSchema.id])), answers: [.empty(.noContent, "It is gone.")], problems: [.notFound])
}
