// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The texts of the statements that read products.
///
/// Lists have one text for each order and each set of filters that are in use, so that every one is planned for itself and
/// can follow its own index; `($1 is null or …)` would make them share the plan of none. They are put together once.
enum ProductSQL {
    /// Columns that `card` reads; those of the detail follow.
    static let cardColumns = 20

    private static let card = """
        p.id, p.slug, p.title, coalesce(p.images->0->'thumbnails'->>'small', p.images->0->>'url'),
        p.price_min_minor, p.compare_at_minor, p.currency, p.price_is_from, p.rating_count, p.rating_sum, p.category_id,
        p.badges, p.created_at, p.sold_count, s.id, s.name, s.rating_count, s.rating_sum,
        k.in_stock, k.variants
        """

    /// Beside every product `p` of a card: its seller, and what its stock says.
    private static let cardTables = """
        join catalog.seller_cards s on s.id = p.seller_id
        cross join lateral (
          select coalesce(bool_or(k.sellable and k.on_hand > k.reserved), false) in_stock,
                 coalesce(array_agg(k.variant_id), '{}') variants
            from inventory.stock k where k.product_id = p.id) k
        """

    private static let detail =
        card + """
            , p.description, p.images, p.attributes, p.options, p.return_policy, p.hsn_code, p.gst_rate_bps, p.status,
            p.moderation, p.moderation_reason, p.updated_at, p.version
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

    /// A page: `$1` rows, then (not on the first page) the key and id of the last item, categories, seller.
    static func list(_ sort: ProductSort, isFirst: Bool, _ filter: ProductFilter) -> PostgresSQL {
        lists[Shape(sort: sort, isFirst: isFirst, filter)] ?? makeList(Shape(sort: sort, isFirst: isFirst, filter))
    }

    /// The number of items, `$1` at most: then categories, seller.
    static func count(_ filter: ProductFilter) -> PostgresSQL {
        let shape = Shape(sort: .newest, isFirst: true, filter)
        return counts[shape] ?? makeCount(shape)
    }

    private struct Shape: Hashable {
        let sort: ProductSort
        let isFirst: Bool
        let hasCategories: Bool
        let hasSeller: Bool

        init(sort: ProductSort, isFirst: Bool, _ filter: ProductFilter) {
            self.init(
                sort: sort, isFirst: isFirst, hasCategories: filter.categories != nil, hasSeller: filter.seller != nil)
        }

        init(sort: ProductSort, isFirst: Bool, hasCategories: Bool, hasSeller: Bool) {
            self.sort = sort
            self.isFirst = isFirst
            self.hasCategories = hasCategories
            self.hasSeller = hasSeller
        }

        /// The conditions, whose parameters follow the limit and, when there is one, the cursor.
        func conditions(_ next: Int) -> String {
            var next = next
            var text = ProductSQL.visible
            if hasCategories {
                text += " and category_id = any($\(next))"
                next += 1
            }
            if hasSeller { text += " and seller_id = $\(next)" }
            return text
        }

        static let all = ProductSort.allCases.flatMap { sort in
            [true, false].flatMap { isFirst in
                [true, false].flatMap { hasCategories in
                    [true, false].map {
                        Shape(sort: sort, isFirst: isFirst, hasCategories: hasCategories, hasSeller: $0)
                    }
                }
            }
        }
    }

    private static let lists = Dictionary(uniqueKeysWithValues: Shape.all.map { ($0, makeList($0)) })
    private static let counts = Dictionary(
        uniqueKeysWithValues: Shape.all.filter { $0.isFirst && $0.sort == .newest }.map { ($0, makeCount($0)) })

    private static func makeList(_ shape: Shape) -> PostgresSQL {
        let (key, direction, comparison) =
            switch shape.sort {
            case .newest: ("created_at", "desc", "<")
            case .price: ("price_min_minor", "asc", ">")
            case .priceDescending: ("price_min_minor", "desc", "<")
            case .rating: ("rating_centi", "desc", "<")
            case .popular: ("sold_count", "desc", "<")
            }
        let after = shape.isFirst ? "" : " and (\(key), id) \(comparison) ($2, $3)"
        return PostgresSQL(
            text: """
                select \(card)
                  from (select * from catalog.products where \(shape.conditions(shape.isFirst ? 2 : 4))\(after)
                         order by \(key) \(direction), id \(direction) limit $1) p
                  \(cardTables)
                 order by p.\(key) \(direction), p.id \(direction)
                """)
    }

    private static func makeCount(_ shape: Shape) -> PostgresSQL {
        PostgresSQL(
            text: """
                select count(*)
                  from (select 1 from catalog.products where \(shape.conditions(2)) limit $1) bounded
                """)
    }
}
