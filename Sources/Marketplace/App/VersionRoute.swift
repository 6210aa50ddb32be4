// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// `GET /api/version/`: which build answers, and which versions of the API's behaviour it knows.
enum VersionRoute {
    static let route = Route.immediate(.get, "/api/version/", name: "version") { _ in answer }
        .described(as: description)

    /// It never changes while the process lives.
    private static let answer = HTTPResponse.json { json in
        json.field("version", BuildVersion.number)
        json.field("commit", BuildVersion.commit)
        json.array("api_versions") { json in
            for version in APIVersions.all { json.value(version) }
        }
    }

    private static let description = RouteDescription(
        tag: .service, summary: "Which build answers",
        text: """
            `commit` is the one that the program was built from, `null` where the build did not say. One of `api_versions`, oldest \
            first, is what a client pins with `\(APIVersions.header)`.
            """,
        answers: [
            .json(
                .ok, "The build.",
                .object(
                    [
                        .required(
                            "version", .string(pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$", example: BuildVersion.number)),
                        .required(
                            "commit",
                            .string(pattern: "^[0-9a-f]{40}$", example: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")
                                .orNull),
                        .required("api_versions", .array(of: .choice(APIVersions.all))),
                    ], isClosed: true))
        ])
}
