// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A category as admins see it.
struct CategoryDetail: Sendable, Equatable {
    let row: CategoryRow
    let version: Int64
}

/// The tree of categories as admins change it: through the functions of migration 0042, which keep it a tree.
struct CategoryStore: Sendable {
    let client: any PostgresClient

    /// The values of a category.
    struct Values: Sendable, Equatable {
        var parent: CategoryID?
        var slug: String
        var name: String
        var imageURL: String?
        var position: Int32
        var taxClass: String
    }

    /// What became of a change.
    enum Outcome: Sendable, Equatable {
        case done
        case notFound
        case slugTaken
        case tooDeep
        case tooMany
        case moved(to: Int64)
        case noSuchParent
        case cycle
        case notEmpty
    }

    func create(_ id: CategoryID, _ values: Values) async throws(PostgresError) -> Outcome {
        try Self.outcome(
            try await client.query(
                "select code, version from catalog.create_category_v1($1, $2, $3, $4, $5, $6, $7)", id.rawValue,
                values.parent?.rawValue, values.slug, values.name, values.imageURL, values.position, values.taxClass
            ).only())
    }

    func save(
        _ id: CategoryID, _ values: Values, expectedVersion: Int64?
    ) async throws(PostgresError) -> Outcome {
        try Self.outcome(
            try await client.query(
                "select code, version from catalog.save_category_v1($1, $2, $3, $4, $5, $6, $7, $8)", id.rawValue,
                expectedVersion, values.parent?.rawValue, values.slug, values.name, values.imageURL, values.position,
                values.taxClass
            ).only())
    }

    func delete(_ id: CategoryID, expectedVersion: Int64?) async throws(PostgresError) -> Outcome {
        try Self.outcome(
            try await client.query(
                "select code, version from catalog.delete_category_v1($1, $2)", id.rawValue, expectedVersion
            ).only())
    }

    private static func outcome(_ row: PostgresRow) throws(PostgresError) -> Outcome {
        switch try row.int16(0) {
        case 0: .done
        case 1: .notFound
        case 2: .slugTaken
        case 3: .tooDeep
        case 4: .tooMany
        case 5: .moved(to: try row.int64(1))
        case 6: .noSuchParent
        case 7: .cycle
        case 8: .notEmpty
        case let code: throw PostgresError(.decoding, outcome: .unknown, "a category's change came to \(code)")
        }
    }

    /// The category, with how many visible products it has itself.
    func category(_ id: CategoryID) async throws(PostgresError) -> CategoryDetail? {
        let row = try await client.first(
            """
            select c.id, c.parent_id, c.slug, c.name, c.image_url, c.position, c.tax_class, c.path,
                   (select count(*) from catalog.products p
                     where p.category_id = c.id and p.visible and p.price_min_minor is not null), c.version
              from catalog.categories c where c.id = $1
            """, id.rawValue)
        guard let row else { return nil }
        return CategoryDetail(
            row: CategoryRow(
                id: id, parent: try row.int64OrNil(1).map { CategoryID(rawValue: $0) }, slug: try row.string(2),
                name: try row.string(3), imageURL: try row.stringOrNil(4), position: try row.int(5),
                taxClass: try row.string(6), path: try row.decode(7), products: try row.int(8)),
            version: try row.int64(9))
    }
}
