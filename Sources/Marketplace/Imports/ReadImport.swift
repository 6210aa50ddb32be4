// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/imports/status/`: how far an import is, and the first faults.
///
/// - Errors: 404 for another seller's.
struct ReadImport: Sendable {
    let dependencies: ImportsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let found = try await dependencies.ownImport(request, caller)
        let faults = try await ImportStore.faults(
            of: found.id, limit: TableImport.faultsShown, in: dependencies.pool.reads)
        return .json(capacity: 1024) { found.write(to: &$0, faults: faults) }
    }
}

extension ImportsDependencies {
    /// The import that a request asks for, of the caller's own seller.
    ///
    /// - Throws: `Problem` 404 for any other; 422 where none is named.
    func ownImport(_ request: RequestContext, _ caller: Caller) async throws -> TableImport {
        let owner = try await owner(caller)
        guard let id = ImportID(try request.query.required("id")),
            let found = try await ImportStore.tableImport(id, in: pool.reads), found.owner.seller == owner.seller
        else { throw Problem(.notFound, detail: "There is no such import.") }
        return found
    }
}
