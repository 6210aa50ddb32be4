// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP

/// The files of Swagger UI with a page of ours around them: a fixed map of names, nothing else is served. Long ones are streamed from the disk.
///
/// scripts/setup brings the files; they are not part of the repository.
struct SwaggerUI: Sendable {
    /// The folder, in the working directory or above the executable.
    static let folder = "swagger-ui"
    /// No file of theirs is nearly as long; a longer one is not theirs.
    static let byteCountMax = 16 * 1024 * 1024
    /// A longer one is streamed from the disk: clients that do not read must not hold it in memory, each a copy.
    static let inMemoryMax = 256 * 1024
    static let initializer = "initializer.js"

    /// Their files that the page uses.
    static let names: [(name: String, contentType: HTTPContentType)] = [
        ("swagger-ui-bundle.js", .other("text/javascript; charset=utf-8")),
        ("swagger-ui.css", .other("text/css; charset=utf-8")),
        ("favicon-32x32.png", .other("image/png")),
    ]

    /// The page.
    let page: ConstantBody
    /// What the page loads, by name.
    let files: [String: ConstantBody]
    /// What is streamed, and how it is named there.
    let largeFiles: [String: HTTPContentType]
    let root: FileRoot

    /// Reads the files; nil where one is missing.
    init?(directory: String) {
        var files = [
            Self.initializer: ConstantBody(
                .other("text/javascript; charset=utf-8"), Array(Self.script.utf8), caching: "public, no-cache")
        ]
        var largeFiles: [String: HTTPContentType] = [:]
        for (name, contentType) in Self.names {
            guard let content = FileManager.default.contents(atPath: directory + "/" + name),
                (1...Self.byteCountMax).contains(content.count)
            else { return nil }
            guard content.count <= Self.inMemoryMax else {
                largeFiles[name] = contentType
                continue
            }
            files[name] = ConstantBody(contentType, Array(content), caching: "public, max-age=3600")
        }
        self.files = files
        self.largeFiles = largeFiles
        root = FileRoot(directory, cacheControl: "public, max-age=3600")
        page = ConstantBody(.html, Array(Self.html.utf8), caching: "public, no-cache")
    }

    /// The files where they are looked for; nil where they are nowhere.
    static func find() -> SwaggerUI? {
        var places = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath)]
        var place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<6 {
            places.append(place)
            place.deleteLastPathComponent()
        }
        return places.lazy.compactMap { SwaggerUI(directory: $0.appendingPathComponent(folder).path) }.first
    }

    private static let html = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>MVE marketplace API</title>
        <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        <script src="/docs/swagger-ui-bundle.js" defer></script>
        <script src="/docs/initializer.js" defer></script>
        </head>
        <body>
        <div id="swagger-ui"></div>
        <noscript>This page needs JavaScript. The description itself is at <a href="/schema/">/schema/</a>.</noscript>
        </body>
        </html>

        """

    /// In a file of its own: the page's policy lets no script stand in the page. Nobody else is asked to validate the document.
    private static let script = """
        "use strict";
        window.ui = SwaggerUIBundle({
          url: "/schema/",
          dom_id: "#swagger-ui",
          presets: [SwaggerUIBundle.presets.apis],
          layout: "BaseLayout",
          deepLinking: true,
          displayRequestDuration: true,
          filter: true,
          validatorUrl: null
        });

        """
}
