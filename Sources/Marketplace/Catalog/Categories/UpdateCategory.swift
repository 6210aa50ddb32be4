// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/admin/categories/update/`: what a category is called and looks like; absent is unchanged. With another slug, its
/// path and those of all below it change.
struct UpdateCategory: Sendable {
    let dependencies: CategoryDependencies

    private struct Input: Sendable {
        let change: CategoryChange
        let slug: String?
        let name: String?
        let imageURL: String??
        let position: Int32?
        let taxClass: String?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            try await input.change.save("category.updated", by: caller, in: request, transaction) { values in
                values.slug = input.slug ?? values.slug
                values.name = input.name ?? values.name
                values.imageURL = input.imageURL ?? values.imageURL
                values.position = input.position ?? values.position
                values.taxClass = input.taxClass ?? values.taxClass
            }
        } afterCommit: { input in
            await dependencies.changed(input.taxClass != nil)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (id, version, fields) = try request.json { body in
            let id = body.string("id", length: 1...64)
            let version = body.expectedVersion(ifMatch: ifMatch)
            let image: String?? =
                body.contains("image_url")
                ? .some(body.optionalParsed("image_url", length: 1...500) { CategoryFields.imageURL($0) }) : nil
            return (
                id, version,
                (
                    slug: body.optionalParsed("slug", length: 1...120) { CategoryFields.slug($0) },
                    name: body.optionalParsed("name", length: 1...120) { CategoryFields.name($0) }, image: image,
                    position: body.optionalInt("position", in: 0...1_000_000).map { Int32(clamping: $0) },
                    taxClass: body.optionalParsed("tax_class", length: 1...40) { CategoryFields.taxClass($0) }
                )
            )
        }
        return Input(
            change: CategoryChange(id: try CategoryChange.id(id), expectedVersion: version), slug: fields.slug,
            name: fields.name, imageURL: fields.image, position: fields.position, taxClass: fields.taxClass)
    }
}
