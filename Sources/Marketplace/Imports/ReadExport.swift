// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/exports/status/`: how far an export is.
///
/// - Errors: 404 for another seller's, and once it has expired.
struct ReadExport: Sendable {
    let dependencies: ImportsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        .json(try await dependencies.ownExport(request, caller))
    }
}

/// `GET /api/exports/download/`: the table of an export that is done.
///
/// - Errors: 404 for another seller's, for one that is not done, and once it has expired.
struct DownloadExport: Sendable {
    static let path = "/api/exports/download/"

    let dependencies: ImportsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let found = try await dependencies.ownExport(request, caller)
        guard found.state == .done else { throw Problem(.notFound, detail: "The export is not done yet.") }
        return try await dependencies.exports.response(
            to: request, file: found.file, as: found.format.mediaType,
            saved: "\(found.kind.rawValue).\(found.format.rawValue)")
    }
}

extension ImportsDependencies {
    /// The export that a request asks for, of the caller's own seller.
    ///
    /// - Throws: `Problem` 404 for any other; 422 where none is named.
    fileprivate func ownExport(_ request: RequestContext, _ caller: Caller) async throws -> TableExport {
        let owner = try await owner(caller)
        guard let id = ExportID(try request.query.required("id")),
            let found = try await ExportStore.tableExport(id, in: pool.reads), found.owner.seller == owner.seller
        else { throw Problem(.notFound, detail: "There is no such export.") }
        return found
    }
}
