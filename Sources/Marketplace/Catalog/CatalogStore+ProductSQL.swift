// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The texts of the statements that read products.
///
/// Lists have one text for each order and each set of filters that are in use, so that every one is planned for itself and
/// can follow its own index; `($1 is null or …)` would make them share the plan of none. They are put together once.
enum ProductSQL {
    /// Columns that `card` reads; those of the detail follow.
    static let cardColumns = 20

    static let card = """
        p.id, p.slug, p.title, coalesce(p.images->0->'thumbnails'->>'small', p.images->0->>'url'),
        p.price_min_minor, p.compare_at_minor, p.currency, p.price_is_from, p.rating_count, p.rating_sum, p.category_id,
        p.badges, p.created_at, p.sold_count, s.id, s.name, s.rating_count, s.rating_sum,
        k.in_stock, k.variants
        """

    /// Beside every product `p` of a card: its seller, and what its stock says.
    static let cardTables = """
        join catalog.seller_cards s on s.id = p.seller_id
        cross join lateral (
          select coalesce(bool_or(k.sellable and k.on_hand > k.reserved), false) in_stock,
                 coalesce(array_agg(k.variant_id), '{}') variants
            from inventory.stock k where k.product_id = p.id) k
        """

    private static let detail =
        card + """
            , p.description, p.images, p.attributes, p.options, p.return_policy, p.hsn_code, p.gst_rate_bps, p.status,
            p.updated_at, p.version
            """

    /// A product without an active variant has no price and nothing to sell.
    private static let visible = "visible and price_min_minor is not null"

    /// A visible product by id: `$1`.
    static let byID = PostgresSQL(
        text: """
            select \(detail) from catalog.products p \(cardTables)
             where p.id = $1 and \(visible)
            """)

    /// A visible product by slug: `$1`.
    static let bySlug = PostgresSQL(
        text: """
            select \(detail) from catalog.products p \(cardTables)
             where p.slug = $1 and \(visible)
            """)

    /// A page: `$1` rows, then (not on the first page) the key and id of the last item, then what the scope takes.
    static func list(_ sort: ProductSort, isFirst: Bool, _ filter: ProductFilter) -> PostgresSQL {
        let shape = Shape(sort: sort, isFirst: isFirst, scope: Scope(filter))
        return lists[shape] ?? makeList(shape)
    }

    /// The number of items, `$1` at most, then what the scope takes.
    static func count(_ filter: ProductFilter) -> PostgresSQL {
        let scope = Scope(filter)
        return counts[scope] ?? makeCount(scope)
    }

    /// What a list is limited to. Each has an index for every order.
    enum Scope: CaseIterable {
        case all
        /// One category without any below it.
        case category
        /// Several: the pages of each, merged.
        case categories
        case seller
        /// A seller's own order leads, and other categories are skipped.
        case sellerCategories

        init(_ filter: ProductFilter) {
            switch (filter.seller, filter.categories?.count) {
            case (nil, nil): self = .all
            case (nil, 1): self = .category
            case (nil, _): self = .categories
            case (_, nil): self = .seller
            default: self = .sellerCategories
            }
        }

        /// The condition, whose parameters begin with `next`.
        func condition(_ next: Int) -> String {
            switch self {
            case .all: ""
            case .category: " and category_id = $\(next)"
            case .categories: " and category_id = any($\(next))"
            case .seller: " and seller_id = $\(next)"
            case .sellerCategories: " and seller_id = $\(next) and category_id = any($\(next + 1))"
            }
        }
    }

    private struct Shape: Hashable {
        let sort: ProductSort
        let isFirst: Bool
        let scope: Scope

        static let all = ProductSort.allCases.flatMap { sort in
            [true, false].flatMap { isFirst in
                Scope.allCases.map { Shape(sort: sort, isFirst: isFirst, scope: $0) }
            }
        }
    }

    private static let lists = Dictionary(uniqueKeysWithValues: Shape.all.map { ($0, makeList($0)) })
    private static let counts = Dictionary(uniqueKeysWithValues: Scope.allCases.map { ($0, makeCount($0)) })

    private static func makeList(_ shape: Shape) -> PostgresSQL {
        let (key, direction, comparison) = shape.sort.order
        let next = shape.isFirst ? 2 : 4
        let after = shape.isFirst ? "" : " and (\(key), id) \(comparison) ($2, $3)"
        let order = "order by \(key) \(direction), id \(direction) limit $1"
        let page =
            shape.scope == .categories
            ? """
            select m.* from (
              select found.id from unnest($\(next)::bigint[]) c(id) cross join lateral (
                select id, \(key) from catalog.products where \(visible) and category_id = c.id\(after) \(order)) found
               \(order)) first join catalog.products m on m.id = first.id
            """
            : "select * from catalog.products where \(visible)\(shape.scope.condition(next))\(after) \(order)"
        return PostgresSQL(
            text: """
                select \(card)
                  from (\(page)) p
                  \(cardTables)
                 order by p.\(key) \(direction), p.id \(direction)
                """)
    }

    private static func makeCount(_ scope: Scope) -> PostgresSQL {
        PostgresSQL(
            text: """
                select count(*)
                  from (select 1 from catalog.products where \(visible)\(scope.condition(2)) limit $1) bounded
                """)
    }
}
