// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Media

/// `GET /media/…`: what was published, for everybody and for ever.
func mediaRoutes(_ files: FileStore) -> [Route] {
    [
        Route(.get, "/media/{first}/{second}/{file}", name: "media") { request in
            let path = ["first", "second", "file"].map { request.parameters[$0] ?? "" }.joined(separator: "/")
            return try await files.response(to: request, publicFile: path)
        }.described(as: MediaDescription.file)
    ]
}

private enum MediaDescription {
    static let file = RouteDescription(
        tag: .service, summary: "Read a published image or video",
        text: """
            Addresses come from other answers and are made of the content's SHA-256: what stands behind one never changes. \
            One range of octets is honoured.
            """,
        parameters: [
            .path("first", "Of the name, the first two digits.", .string(example: "3f")),
            .path("second", "The next two.", .string(example: "a9")),
            .path("file", "The name.", .string(example: "3fa9…-480.jpg")), .ifNoneMatch,
        ],
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
