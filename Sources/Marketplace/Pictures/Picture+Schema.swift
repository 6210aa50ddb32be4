// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP

extension Picture {
    /// The members that every answer with a picture has.
    public static let members: [Schema.Property] = [
        .required("id", .id(ImageID.self)), .required("url", .string(example: "/media/3f/a9/3fa9….jpg")),
        .required(
            "thumbnails",
            .object(
                thumbnails.map { .required($0.name, .string(example: "/media/3f/a9/3fa9…-\($0.side).jpg")) },
                isClosed: true)),
        .required("width", .integer(1...Int.max, example: 1600)),
        .required("height", .integer(1...Int.max, example: 1200)),
    ]

    /// The hash of the file that is served, in the answer to an upload.
    public static let sha256 = Schema.Property.required(
        "sha256", .string(pattern: "^[0-9a-f]{64}$", example: String(repeating: "3f", count: 32)))

    /// A picture where it is shown.
    public static let schema = Schema.object(members, isClosed: true).named("Picture")

    /// The answer to an upload.
    public static let sent = Schema.object(members + [sha256], isClosed: true).named("SentPicture")

    /// The form of an upload.
    public static let form = Schema.object([
        .required("file", Schema.string(format: "binary", example: "octets"))
    ])
}
