// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import Media

/// A picture that somebody has sent, as it was made anew.
public struct Picture: Sendable, Equatable {
    /// The names of the thumbnails, by the side that they are made for.
    public static let thumbnails: [(name: String, side: Int)] = [("small", 160), ("medium", 480), ("large", 1200)]

    /// What it is named by where it is used.
    public let id: ImageID
    /// Its file.
    public let file: PublicFile
    /// Pixels, upright.
    public let width: Int
    /// Pixels, upright.
    public let height: Int

    /// States a picture.
    public init(id: ImageID, file: PublicFile, width: Int, height: Int) {
        self.id = id
        self.file = file
        self.width = width
        self.height = height
    }

    /// Writes the members that every answer with a picture has.
    public func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("url", file.url)
        json.object("thumbnails") { json in
            for thumbnail in Self.thumbnails {
                json.key(dynamic: thumbnail.name)
                json.value(file.thumbnailURL(thumbnail.side))
            }
        }
        json.field("width", width)
        json.field("height", height)
    }
}

extension Picture: JSONWritable {
    /// Writes the picture as an object.
    public func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }
}
