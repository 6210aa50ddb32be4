// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of reviews.
enum ReviewSchema {
    static let rating = Schema.integer(Review.ratings, example: 5).says("Stars.")
    static let title = Schema.string(length: Review.titleLength, pattern: prose, example: "Warm sound, solid build")
    static let text = Schema.string(
        length: Review.textLength, pattern: prose, example: "Two months in daily use, and it still fills the room.")
    static let mediaIDs = Schema.array(
        of: .id(ImageID.self), count: 0...Review.mediaMax, isUnique: true, example: []
    ).says("In the order in which they are shown.")
    static let reason = Schema.choice(of: ReviewReason.self, example: .spam)
    /// A moderator's, for whom the contract has no list.
    static let verdict = Schema.reasonCode(ReviewReason.allCases.map(\.rawValue))
    static let note = Schema.string(
        length: ReportReview.noteLength, pattern: prose, example: "Names a competitor's shop.")
    static let response = Schema.string(
        length: Review.responseLength, pattern: prose, example: "Thank you: we are glad that it arrived well.")

    /// Something besides white space, and no control characters.
    private static let prose =
        #"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"#

    private static let members: [Schema.Property] = [
        .required("id", .id(ReviewID.self)), .required("product_id", .id(ProductID.self)),
        .required("seller_id", .id(SellerID.self)), .required("rating", rating),
        .optional("title", .string(example: "Warm sound, solid build")),
        .optional("text", .string(example: "Two months in daily use, and it still fills the room.")),
        .required("author", .object([.required("name", .string(example: "Asha R."))], isClosed: true)),
        .required("verified_purchase", .constant(true)),
        .required("media", .array(of: medium, count: 0...Review.mediaMax)),
        .required("helpful_count", .integer(0...Int.max, example: 12)),
        .optional(
            "response",
            .object(
                [.required("text", .string(example: "Thank you!")), .required("created_at", .timestamp)], isClosed: true
            )),
        .required("status", .choice(of: ReviewStatus.self, example: .published)),
    ]

    private static let dates: [Schema.Property] = [
        .required("created_at", .timestamp), .optional("edited_at", .timestamp), .required("version", .version),
    ]

    private static let own: [Schema.Property] = [
        .required("order_line_id", .id(OrderLineID.self)),
        .optional(
            "reason_code",
            .string(example: "screened_link").says("Why it waits, or what a moderator took it away for.")),
    ]

    static let mediumMembers: [Schema.Property] = [
        .required("id", .id(ImageID.self)), .required("kind", .choice(of: ReviewMedium.Kind.self, example: .image)),
        .required("url", .string(example: "/media/3f/a9/3fa9.jpg")),
        .required(
            "thumbnails",
            Schema.map(of: .string(example: ""), example: ["medium": "/media/3f/a9/3fa9-480.jpg"])
                .says("`small`, `medium` and `large`; none of a video.")),
    ]
    static let medium = Schema.object(mediumMembers, isClosed: true).named("ReviewMedium")

    /// As everybody sees it.
    static let review = Schema.object(members + dates, isClosed: true).named("Review")
    /// As its author sees it.
    static let ownReview = Schema.object(members + own + dates, isClosed: true).named("OwnReview")
    /// As moderators see it.
    static let moderated = Schema.object(
        members + own + [
            .required("user_id", .id(UserID.self)), .optional("reason_note", .string(example: "Names a competitor.")),
            .required("report_count", .integer(0...Int.max, example: 0)),
        ] + dates, isClosed: true
    ).named("ModeratedReview")

    static let summary = Schema.object(
        [
            .required("count", .integer(0...Int.max, example: 37)),
            .required(
                "average", Schema.number(1...5, example: "4.32").orNull.says("To hundredths; null without reviews.")),
            .required(
                "histogram",
                .array(
                    of: .object(
                        [.required("rating", rating), .required("count", .integer(0...Int.max, example: 21))],
                        isClosed: true), count: 5...5,
                    example: (1...5).reversed().map { stars in
                        .object([
                            .init("rating", .int(stars)), .init("count", .int(stars * 4)),
                        ])
                    }
                ).says("Five stars first.")),
        ], isClosed: true
    ).named("ReviewSummary")

    /// Of a product or of a seller: one of both.
    static let subject: [RouteParameter] = [
        .query("product_id", "Of this product; either this or `seller_id`.", .id(ProductID.self)),
        .query("seller_id", "Of everything that this seller has sold.", .id(SellerID.self)),
    ]

    static let id = Schema.Property.required("id", .id(ReviewID.self))
    static let expectedVersion = Schema.Property.optional("expected_version", Schema.version.orNull)
}
