// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/categories/list/`: the tree of categories, from memory.
///
/// - Errors: 404 for a parent that does not exist, 422 for a depth outside 1…5, 400 for an unknown parameter.
/// - Cost: no statement, unless the tree in memory has become too old.
struct ListCategories: Sendable {
    static let parameters = ["parent_id", "depth", "include_empty"]
    /// Levels that a client may ask for; without the parameter it gets all.
    static let depthRange = 1...5

    let categories: CategoryCache

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        var view = CategoryTree.View()
        if let depth = try query.number("depth", in: Self.depthRange) { view.depth = depth }
        view.includesEmpty = try query.flag("include_empty") ?? false
        let tree: CategoryTree
        if let text = try query.text("parent_id") {
            guard let parent = CategoryID(text) else { throw Problem(.notFound) }
            tree = try await categories.tree(knowing: parent)
            guard tree.contains(parent) else { throw Problem(.notFound) }
            view.parent = parent
        } else {
            tree = try await categories.tree()
        }
        let answer = tree.answer(view)
        return CatalogCaching.response(answer.body, tag: answer.tag, to: request)
    }
}
