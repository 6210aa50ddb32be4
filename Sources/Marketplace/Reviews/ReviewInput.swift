// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// How the fields of reviews are read.
enum ReviewInput {
    /// What an author writes, all of it.
    static func content(_ body: inout JSONInput) -> ReviewContent {
        ReviewContent(
            rating: body.int("rating", in: Review.ratings), title: title(&body), text: text(&body))
    }

    static func title(_ body: inout JSONInput) -> String? {
        body.optionalParsed("title", length: Review.titleLength) { prose($0, allowsLines: false) }
    }

    static func text(_ body: inout JSONInput) -> String? {
        body.optionalParsed("text", length: Review.textLength) { prose($0, allowsLines: true) }
    }

    /// The media in the order in which they are to be shown; nil where nothing is said of them.
    static func media(_ body: inout JSONInput) -> [ImageID]? {
        guard let texts = body.optionalStrings("media_ids", count: 0...Review.mediaMax, length: 1...64) else {
            return nil
        }
        var ids: [ImageID] = []
        for text in texts {
            guard let id = ImageID(text), !ids.contains(id) else {
                body.fail("media_ids", code: "invalid", message: "not the ids of different media")
                return []
            }
            ids.append(id)
        }
        return ids
    }

    /// The text without the white space around it; nil for one that is nothing else, or has control characters other than,
    /// where they are allowed, ends of lines.
    static func prose(_ text: String, allowsLines: Bool) -> String? {
        var rest = text[...].drop { $0.isWhitespace }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        let isPlain = rest.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F
                || allowsLines && (scalar == "\n" || scalar == "\r" || scalar == "\t")
        }
        return rest.isEmpty || !isPlain ? nil : String(rest)
    }

    /// Makes these the media of a review that is locked or new, in this order.
    ///
    /// - Throws: `Problem` 422 for one that is not its author's, belongs to another review, or has expired.
    static func attach(
        _ media: [ImageID], to review: Review, in transaction: PostgresTransaction
    ) async throws -> Review {
        if media.isEmpty, review.mediaCount == 0 { return review }
        guard let changed = try await ReviewStore.attach(media, to: review, in: transaction) else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/media_ids", code: "invalid", message: "not media that you uploaded for this review")
                ])
        }
        return changed
    }
}
