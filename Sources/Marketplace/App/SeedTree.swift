// SPDX-License-Identifier: Apache-2.0

/// The demo categories with their ids, parents before children.
struct SeedTree {
    /// A category in its place.
    struct Node {
        let id: Int64
        let category: SeedCategory
        let position: Int
        /// Slugs from the root, its own last.
        let path: [String]
        /// Ids from the root, its own last.
        let ancestors: [Int64]
    }

    /// Level by level.
    let nodes: [Node]

    init() {
        let numbers = SeedNumbers(.categories)
        var nodes: [Node] = []
        var level: [(categories: [SeedCategory], path: [String], ancestors: [Int64])] = [(SeedCategory.tree, [], [])]
        while !level.isEmpty {
            var below: [(categories: [SeedCategory], path: [String], ancestors: [Int64])] = []
            for (categories, path, ancestors) in level {
                for (position, category) in categories.enumerated() {
                    let id = numbers.next()
                    let node = Node(
                        id: id, category: category, position: position, path: path + [category.slug],
                        ancestors: ancestors + [id])
                    nodes.append(node)
                    if !category.children.isEmpty { below.append((category.children, node.path, node.ancestors)) }
                }
            }
            level = below
        }
        self.nodes = nodes
    }

    /// Ids by slug.
    var ids: [String: Int64] {
        Dictionary(uniqueKeysWithValues: nodes.map { ($0.category.slug, $0.id) })
    }
}
