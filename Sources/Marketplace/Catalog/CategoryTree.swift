// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A category as it is stored.
struct CategoryRow: Sendable, Equatable {
    let id: CategoryID
    let parent: CategoryID?
    let slug: String
    let name: String
    let imageURL: String?
    let position: Int
    let taxClass: String
    /// Slugs from the root, its own last.
    let path: [String]
    /// Visible products in this very category.
    let products: Int
}

/// All categories at one moment, immutable.
///
/// - Cost: rendering is linear in the nodes shown; the usual two answers (the whole tree, with and without empty branches)
///   are rendered when the tree is made.
final class CategoryTree: Sendable {
    /// What a client asks to see.
    struct View: Hashable, Sendable {
        /// Only what is below this category; nil for everything.
        var parent: CategoryID?
        /// Levels below the parent.
        var depth: Int = CategoryTree.depthMax
        /// Whether categories without a visible product, their descendants included, are shown.
        var includesEmpty = false
    }

    /// An answer and its entity tag.
    struct Answer: Sendable {
        let body: [UInt8]
        let tag: EntityTag
    }

    /// More levels than a path may have: the whole tree.
    static let depthMax = 8

    private let rows: [CategoryRow]
    /// Indices of a category's children, in order; those of the roots under nil.
    private let children: [CategoryID?: [Int]]
    private let index: [CategoryID: Int]
    /// Visible products in each category and below it.
    private let counts: [Int]
    private let usual: [View: Answer]

    /// Makes a tree of rows that have parents before children; a row whose parent is not among them is left out.
    init(_ all: [CategoryRow]) {
        var rows: [CategoryRow] = []
        var index: [CategoryID: Int] = [:]
        var children: [CategoryID?: [Int]] = [:]
        for row in all where row.parent == nil || index[row.parent ?? row.id] != nil {
            index[row.id] = rows.count
            children[row.parent, default: []].append(rows.count)
            rows.append(row)
        }
        var counts = rows.map(\.products)
        for position in rows.indices.reversed() {
            if let parent = rows[position].parent, let above = index[parent] { counts[above] += counts[position] }
        }
        (self.rows, self.index, self.children, self.counts) = (rows, index, children, counts)
        var usual: [View: Answer] = [:]
        for view in [View(), View(includesEmpty: true)] {
            usual[view] = Self.render(view, rows, children, counts)
        }
        self.usual = usual
    }

    /// The number of categories.
    var count: Int { rows.count }

    /// Whether there is such a category.
    func contains(_ category: CategoryID) -> Bool { index[category] != nil }

    /// The category and all below it; nil when there is no such category.
    func descendants(of category: CategoryID) -> [CategoryID]? {
        guard contains(category) else { return nil }
        var found = [category]
        var next = 0
        while next < found.count {
            for child in children[found[next]] ?? [] { found.append(rows[child].id) }
            next += 1
        }
        return found
    }

    /// The answer for a view, whose parent must exist.
    func answer(_ view: View) -> Answer {
        usual[view] ?? Self.render(view, rows, children, counts)
    }

    private static func render(
        _ view: View, _ rows: [CategoryRow], _ children: [CategoryID?: [Int]], _ counts: [Int]
    ) -> Answer {
        /// Recursion ends at the schema's bound of eight levels.
        func write(_ parent: CategoryID?, _ depth: Int, _ json: inout JSONWriter) {
            json.array { json in
                guard depth > 0 else { return }
                for child in children[parent] ?? [] where view.includesEmpty || counts[child] > 0 {
                    json.object { json in
                        rows[child].writeMembers(products: counts[child], to: &json)
                        json.key("children")
                        write(rows[child].id, depth - 1, &json)
                    }
                }
            }
        }
        var json = JSONWriter(capacity: 64 + rows.count * 192)
        json.object { json in
            json.key("data")
            write(view.parent, view.depth, &json)
        }
        let body = json.bytes
        return Answer(body: body, tag: EntityTag(contentOf: body))
    }
}

extension CategoryRow {
    func writeMembers(products: Int, to json: inout JSONWriter) {
        json.field("id", id)
        json.field("slug", slug)
        json.field("name", name)
        json.fieldIfPresent("parent_id", parent)
        json.field("path", path)
        json.fieldIfPresent("image_url", imageURL)
        json.field("product_count", products)
        json.field("position", position)
        json.field("tax_class", taxClass)
    }
}
