// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres

/// `GET /media/reviews/…`: a picture or a video of a review, for everybody while the review is shown; before and after that for whoever
/// sent it and for admins who judge reviews, by their tokens.
///
/// What is hidden is gone from here with the next request, and from what others have kept of it in minutes.
///
/// - Errors: 404 for what does not exist and for what the caller is not shown.
/// - Cost: one statement by key.
struct ReadReviewMedia: Sendable {
    /// Minutes, because a review may be hidden; a page with it is read in less.
    static let shownControl = "public, max-age=300"

    let dependencies: ReviewsDependencies

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let name = request.parameters["file"] ?? ""
        guard let id = PublicFile.tag(in: name).flatMap({ ImageID($0) }),
            let medium = try await ReviewStore.standing(of: id, in: dependencies.pool)
        else { throw Problem(.notFound) }
        if medium.isShown { return try await file(name, request, Self.shownControl) }
        guard let caller = try await dependencies.gate.knownCaller(of: request), isShown(medium.author, to: caller)
        else {
            throw Problem(.notFound)
        }
        return try await file(name, request, "private, no-store")
    }

    private func isShown(_ author: UserID, to caller: Caller) -> Bool {
        caller.user == author
            || caller.audience.admits(.admin) && caller.roles.contains(.admin)
                && caller.permissions.isSuperset(of: .productsRead)
    }

    private func file(_ name: String, _ request: RequestContext, _ control: String) async throws -> HTTPResponse {
        try await dependencies.files.response(to: request, taggedFile: name, cacheControl: control)
    }
}
