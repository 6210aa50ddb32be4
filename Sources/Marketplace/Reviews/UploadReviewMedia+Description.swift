// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UploadReviewMedia {
    static let description = RouteDescription(
        tag: .reviews, summary: "Upload a picture or a video for a review",
        text: """
            JPEG, PNG or WebP up to 8 MiB, which is made anew, or MP4 up to 50 MiB, which is kept as it is. Only for buyers of \
            something that has arrived. Name it in `media_ids` of the review within 24 hours, or it goes. At most 12 files and 300 MiB \
            wait for a review.
            """,
        body: .multipart(
            .object([
                .required("file", Schema.string(format: "binary", example: "octets")),
                .optional(
                    "order_line_id", Schema.id(OrderLineID.self).says("Then it is for a review of this line alone.")),
            ])),
        answers: [
            .json(
                .created, "It is kept.",
                .object(ReviewSchema.mediumMembers + [.required("status", .constant("ready"))], isClosed: true))
        ],
        problems: [
            .notFound, .notDelivered, .validationFailed, .payloadTooLarge, .unsupportedMediaType, .overloaded,
        ])
}
