// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/categories/delete/`: an empty category goes.
struct DeleteCategory: Sendable {
    let dependencies: CategoryDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, change in
            let store = CategoryStore(client: transaction)
            guard let before = try await store.category(change.id) else { throw Problem(.notFound) }
            try CategoryChange.check(try await store.delete(change.id, expectedVersion: change.expectedVersion))
            try await AuditLog.append(
                "category.deleted", by: caller, in: request, entityType: "category", entityID: change.id.rawValue,
                before: before.json, in: transaction)
            return .noContent
        } afterCommit: { _ in
            await dependencies.changed(false)
        }
    }

    private static func read(_ request: RequestContext) throws -> CategoryChange {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (id, version) = try request.json { body in
            (body.string("id", length: 1...64), body.expectedVersion(ifMatch: ifMatch))
        }
        return CategoryChange(id: try CategoryChange.id(id), expectedVersion: version)
    }
}
