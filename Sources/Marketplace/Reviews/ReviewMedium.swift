// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A picture or a video of a review.
struct ReviewMedium: Sendable {
    /// What it is.
    enum Kind: String, Sendable, CaseIterable {
        case image, video
    }

    let id: ImageID
    let kind: Kind

    /// Where it is served from, once its review is shown.
    static let path = "/api/reviews/media/"

    func write(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("kind", kind.rawValue)
        json.field("url", "\(Self.path)?id=\(id)")
    }
}
