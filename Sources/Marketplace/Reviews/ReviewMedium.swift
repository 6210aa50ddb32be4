// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media

/// A picture or a video of a review.
struct ReviewMedium: Sendable {
    /// What it is.
    enum Kind: String, Sendable, CaseIterable {
        case image, video
    }

    let id: ImageID
    let kind: Kind
    /// Where it is served.
    let url: String
    /// A JSON object: addresses by the names of `thumbnailNames`; empty for a video.
    let thumbnails: [UInt8]

    /// Where the media of reviews are served: to everybody while their review is shown.
    static func url(_ name: String) -> String { "/media/reviews/\(name)" }

    /// The names of thumbnails by the side that they are made for, as products have them.
    static let thumbnailNames = [160: "small", 480: "medium", 1200: "large"]

    func write(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("kind", kind.rawValue)
        json.field("url", url)
        json.field("thumbnails", raw: thumbnails)
    }
}

/// A medium whose file is kept and which is to be written down.
struct NewReviewMedium: Sendable {
    let kind: ReviewMedium.Kind
    let file: PublicFile
    let thumbnails: [UInt8]
    let size: Int
    let width: Int?
    let height: Int?

    /// A picture that was made anew.
    init(_ image: ProcessedImage, as file: PublicFile) {
        kind = .image
        self.file = file
        var json = JSONWriter(capacity: 256)
        json.object { json in
            for thumbnail in image.thumbnails {
                json.key(dynamic: ReviewMedium.thumbnailNames[thumbnail.side] ?? "\(thumbnail.side)")
                json.value(ReviewMedium.url(file.thumbnailName(thumbnail.side)))
            }
        }
        thumbnails = json.bytes
        size = image.octets.count
        (width, height) = (image.width, image.height)
    }

    /// A video as it was sent.
    init(video file: PublicFile, size: Int) {
        kind = .video
        self.file = file
        thumbnails = Array("{}".utf8)
        self.size = size
        (width, height) = (nil, nil)
    }
}
