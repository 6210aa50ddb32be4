// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// `GET /docs/`: the API's description as pages that it can be tried out on, and the files that they are made of.
///
/// - Parameter pages: nil where the files were not brought: every path is then 404 with a word about how to bring them.
func docsRoutes(_ pages: SwaggerUI?) -> [Route] {
    [
        Route.immediate(.get, "/docs/", name: "docs") { request in
            guard let pages else { throw Problem(.notFound, detail: DocsDescription.missing) }
            return pages.page.response(to: request, headers: [DocsDescription.policy])
        }.described(as: DocsDescription.page),
        Route(.get, "/docs/{file}", name: "docs.file") { request in
            guard let pages else { throw Problem(.notFound, detail: DocsDescription.missing) }
            guard let name = request.parameters["file"] else { throw Problem(.notFound) }
            if let type = pages.largeFiles[name] {
                return try await pages.root.response(to: request, file: name, as: type)
            }
            guard let file = pages.files[name] else { throw Problem(.notFound) }
            return file.response(to: request, headers: [DocsDescription.policy])
        }.described(as: DocsDescription.file),
    ]
}

/// What the documentation's endpoints say of themselves.
private enum DocsDescription {
    static let missing = "Swagger UI is not installed here; scripts/setup brings it. The description is at /schema/."

    /// Scripts and requests from and to ourselves only; no script in the page. Its pictures are partly in its style sheet.
    static let policy = HTTPHeader(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

    static let page = RouteDescription(
        tag: .service, summary: "Read this description as pages",
        text: "Swagger UI over `GET /schema/`, without anything from elsewhere.",
        parameters: [.ifNoneMatch],
        answers: [
            RouteAnswer(
                .ok, "The page.", contents: [("text/html", .string(example: "<!DOCTYPE html>"))], headers: headers),
            .empty(.notModified, "The client has it already.", headers: headers),
        ], problems: [.notFound])

    static let file = RouteDescription(
        tag: .service, summary: "Read a file of these pages",
        text: "One of a few: what the page loads.",
        parameters: [.path("file", "Its name.", .choice(names, example: "swagger-ui.css")), .ifNoneMatch],
        answers: [
            RouteAnswer(
                .ok, "The file.",
                contents: [
                    ("text/javascript", .string(example: "\"use strict\";")),
                    ("text/css", .string(example: ".swagger-ui{}")), ("image/png", .string(example: "PNG")),
                ], headers: headers),
            .empty(.notModified, "The client has it already.", headers: headers),
        ], problems: [.notFound])

    private static let names = SwaggerUI.names.map(\.name) + [SwaggerUI.initializer]

    private static let headers = [
        RouteHeader.etag,
        RouteHeader(
            "Cache-Control", "How long the file may be kept.", .string(example: "public, no-cache"), isAlways: true),
        RouteHeader(
            "Content-Security-Policy", "What the page may load.", .string(example: "default-src 'none'"), isAlways: true
        ),
    ]
}
