// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/categories/move/`: puts a category, with all below it, under another parent or at the top.
struct MoveCategory: Sendable {
    let dependencies: CategoryDependencies

    private struct Input: Sendable {
        let change: CategoryChange
        let parent: CategoryID?
        let position: Int32?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            try await input.change.save("category.moved", by: caller, in: request, transaction) { values in
                values.parent = input.parent
                values.position = input.position ?? values.position
            }
        } afterCommit: { _ in
            await dependencies.changed(false)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (id, version, parent, position) = try request.json { body in
            let id = body.string("id", length: 1...64)
            if !body.contains("parent_id") {
                body.fail("parent_id", code: "required", message: "a category, or null for the top")
            }
            return (
                id, body.expectedVersion(ifMatch: ifMatch),
                body.optionalString("parent_id", length: 1...64),
                body.optionalInt("position", in: 0...1_000_000).map { Int32(clamping: $0) }
            )
        }
        return Input(
            change: CategoryChange(id: try CategoryChange.id(id), expectedVersion: version),
            parent: try CategoryChange.parent(parent), position: position)
    }
}
