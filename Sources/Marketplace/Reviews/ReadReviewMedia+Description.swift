// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ReadReviewMedia {
    static let description = RouteDescription(
        tag: .reviews, summary: "Read a picture or a video of a review",
        text: """
            For everybody while the review is shown; otherwise with the token of whoever sent it, or of an admin who reads reviews. \
            Addresses come from other answers. One range of octets is honoured.
            """,
        parameters: [.path("file", "The name.", .string(example: "3fa9…-img_01jd3k5v8x9ya.mp4")), .ifNoneMatch],
        answers: [
            RouteAnswer(.ok, "The file.", contents: contents, headers: headers),
            RouteAnswer(HTTPStatus(206), "A part of it.", contents: contents, headers: headers),
            .empty(.notModified, "The client has it already.", headers: headers),
        ], problems: [.notFound, .versionConflict, .rangeNotSatisfiable])

    private static let contents = ["image/jpeg", "image/webp", "video/mp4"].map {
        ($0, Schema.string(example: "octets"))
    }

    private static let headers: [RouteHeader] = [.etag]
}
