// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a buyer says of something that was delivered.
struct Review: Sendable {
    /// The stars that can be given.
    static let ratings = 1...5
    /// Characters of a headline; it fits into a line of a phone twice.
    static let titleLength = 1...120
    /// Characters of the text: two printed pages.
    static let textLength = 1...5000
    /// Pictures and videos.
    static let mediaMax = 6
    /// Characters of a seller's answer.
    static let responseLength = 1...2000
    /// How long after its making a review can be changed.
    static let editing = Duration.seconds(30 * 86_400)

    let id: ReviewID
    let line: OrderLineID
    let user: UserID
    let product: ProductID
    let seller: SellerID
    let content: ReviewContent
    let status: ReviewStatus
    /// Why it waits, was rejected or hidden.
    let reasonCode: String?
    let reasonNote: String?
    let mediaCount: Int
    let helpfulCount: Int
    let reportCount: Int
    let response: Response?
    let eventSequence: Int32
    let version: Int64
    let createdAt: Timestamp
    let editedAt: Timestamp?

    /// What the seller answered.
    struct Response: Sendable {
        let text: String
        let at: Timestamp
    }

    /// Whether everybody sees it.
    var isShown: Bool { status == .published }

    /// Whether its author may still change it.
    func isEditable(at now: Timestamp) -> Bool { now - createdAt <= Self.editing }

    var entityTag: EntityTag { EntityTag(version: version) }
}

/// What its author writes.
struct ReviewContent: Sendable, Equatable {
    var rating: Int
    var title: String?
    var text: String?
}

/// A review with what is shown beside it.
struct ShownReview: Sendable {
    let review: Review
    /// As other customers see it; see `AuthorName`.
    let author: String
    let media: [ReviewMedium]
}

/// For whom a review is written down.
enum ReviewReader {
    /// Other customers.
    case everybody
    /// Its author, who also sees what became of it.
    case author
    /// Who judges it.
    case moderator
}

extension ShownReview {
    func response(_ status: HTTPStatus = .ok, to reader: ReviewReader) -> HTTPResponse {
        var response = HTTPResponse.json(status, capacity: 1024) { write(to: &$0, for: reader) }
        response.headers.append(review.entityTag.header)
        return response
    }

    /// Writes the members.
    func write(to json: inout JSONWriter, for reader: ReviewReader) {
        json.field("id", review.id)
        json.field("product_id", review.product)
        json.field("seller_id", review.seller)
        json.field("rating", review.content.rating)
        json.fieldIfPresent("title", review.content.title)
        json.fieldIfPresent("text", review.content.text)
        json.object("author") { $0.field("name", author) }
        json.field("verified_purchase", true)
        json.array("media") { json in
            for medium in media { json.object { medium.write(to: &$0) } }
        }
        json.field("helpful_count", review.helpfulCount)
        if let response = review.response {
            json.object("response") { json in
                json.field("text", response.text)
                json.field("created_at", response.at)
            }
        }
        json.field("status", review.status.rawValue)
        if reader != .everybody {
            json.field("order_line_id", review.line)
            json.fieldIfPresent("reason_code", review.reasonCode)
        }
        if reader == .moderator {
            json.field("user_id", review.user)
            json.fieldIfPresent("reason_note", review.reasonNote)
            json.field("report_count", review.reportCount)
        }
        json.field("created_at", review.createdAt)
        json.fieldIfPresent("edited_at", review.editedAt)
        json.field("version", review.version)
    }
}

/// How customers are named to each other.
enum AuthorName {
    /// Who has no account any more.
    static let unknown = "Customer"

    /// The first word and the initial of the last one: `Asha R.`.
    static func shown(_ fullName: String?) -> String {
        let words = (fullName ?? "").split { $0.isWhitespace }
        guard let first = words.first else { return unknown }
        guard words.count > 1, let initial = words.last?.first else { return String(first) }
        return "\(first) \(initial)."
    }
}
