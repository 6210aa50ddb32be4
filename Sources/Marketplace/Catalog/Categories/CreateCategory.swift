// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/categories/create/`: one more category, at the top or below another one.
struct CreateCategory: Sendable {
    let dependencies: CategoryDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, values in
            let store = CategoryStore(client: transaction)
            let id: CategoryID = dependencies.ids.next()
            try CategoryChange.check(try await store.create(id, values))
            guard let made = try await store.category(id) else { throw Problem(.notFound) }
            try await AuditLog.append(
                "category.created", by: caller, in: request, entityType: "category", entityID: id.rawValue,
                after: made.json, in: transaction)
            return made.response(.created)
        } afterCommit: { _ in
            await dependencies.changed(false)
        }
    }

    private static func read(_ request: RequestContext) throws -> CategoryStore.Values {
        let (parent, values) = try request.json { body in
            let parent = body.optionalString("parent_id", length: 1...64)
            return (
                parent,
                CategoryStore.Values(
                    slug: body.parsed("slug", length: 1...120, placeholder: "") { CategoryFields.slug($0) },
                    name: body.parsed("name", length: 1...120, placeholder: "") { CategoryFields.name($0) },
                    imageURL: body.optionalParsed("image_url", length: 1...500) { CategoryFields.imageURL($0) },
                    position: Int32(clamping: body.optionalInt("position", in: 0...1_000_000) ?? 0),
                    taxClass: body.optionalParsed("tax_class", length: 1...40) { CategoryFields.taxClass($0) }
                        ?? "standard")
            )
        }
        var all = values
        all.parent = try CategoryChange.parent(parent)
        return all
    }
}
