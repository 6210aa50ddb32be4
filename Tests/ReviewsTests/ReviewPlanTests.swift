// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Reviews

/// How PostgreSQL reads lists: by an index in the order of the list that has its filters, wherever the page begins.
@Suite(.timeLimit(.minutes(4))) struct ReviewPlanTests {
    /// Forty thousand reviews of twenty products of four sellers; every hundredth has media or was reported.
    private static let rows = """
        alter table reviews.reviews disable trigger review_changed;
        insert into reviews.reviews (id, order_line_id, user_id, product_id, seller_id, rating, status, media_count, helpful_count,
                                     report_count, created_at)
        select g, g, g, g % 20, g % 4, 1 + g / 20 % 5, case when g % 50 = 7 then 'pending' else 'published' end,
               (g / 20 % 100 = 3)::int, g * 13 % 500, (g / 20 % 100 = 5)::int,
               timestamptz '2025-01-01' + make_interval(secs => g * 31 % 1000000)
          from generate_series(1, 40000) g;
        vacuum analyze reviews.reviews;
        """

    /// The plan of a prepared statement, the same for every value.
    private static func plan(
        _ database: TestDatabase, _ sql: PostgresSQL, _ types: String, _ values: String
    ) async throws -> String {
        try await database.sql(
            """
            set plan_cache_mode = force_generic_plan;
            prepare page(\(types)) as \(sql.text);
            explain (costs off) execute page(\(values));
            """)
    }

    private static func check(_ plan: String, _ index: String, _ what: String) {
        #expect(plan.contains(" using \(index) "), "\(what): \(plan)")
        #expect(!plan.contains("Sort") && !plan.contains("Filter:"), "\(what): \(plan)")
    }

    @Test func listsFollowAnIndex() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            for (subject, name) in [
                (ReviewSubject.product(ProductID(rawValue: 3)), "product"), (.seller(SellerID(rawValue: 3)), "seller"),
            ] {
                for (sort, rating, media, index) in [
                    (ReviewSort.newest, nil, false, "newest"), (.helpful, nil, false, "helpful"),
                    (.highest, nil, false, "rating"), (.lowest, nil, false, "rating"),
                    (.newest, 4, false, "stars"), (.newest, nil, true, "media"), (.lowest, 4, false, "rating"),
                ] as [(ReviewSort, Int?, Bool, String)] {
                    let filter = ReviewFilter(subject: subject, rating: rating, withMedia: media, sort: sort)
                    let isTime = sort == .newest
                    let plan = try await Self.plan(
                        database, ReviewListSQL.of(filter),
                        "bigint, \(isTime ? "timestamptz" : "bigint"), bigint, bigint"
                            + (rating == nil ? "" : ", smallint"),
                        "3, \(isTime ? "'2025-01-05'" : "4"), 999, 21" + (rating.map { ", \($0)::smallint" } ?? ""))
                    Self.check(plan, "reviews_\(name)_\(index)", "\(name) \(sort) \(rating ?? 0) \(media)")
                }
            }
        }
    }

    @Test func moderatorsListsFollowAnIndex() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            for isNewestFirst in [false, true] {
                for (filter, types, values, index) in [
                    (ModerationFilter(isNewestFirst: isNewestFirst), "", "", "reviews_kept"),
                    (
                        ModerationFilter(statuses: [.pending], isNewestFirst: isNewestFirst), ", text", ", 'pending'",
                        "reviews_moderation"
                    ),
                    (ModerationFilter(isReported: true, isNewestFirst: isNewestFirst), "", "", "reviews_reported"),
                    (
                        ModerationFilter(product: ProductID(rawValue: 3), isNewestFirst: isNewestFirst), ", bigint",
                        ", 3",
                        "reviews_product_kept"
                    ),
                    (
                        ModerationFilter(seller: SellerID(rawValue: 3), isNewestFirst: isNewestFirst), ", bigint",
                        ", 3",
                        "reviews_seller_kept"
                    ),
                ] {
                    let plan = try await Self.plan(
                        database, ReviewModerationSQL.of(filter), "timestamptz, bigint, bigint" + types,
                        "'2025-01-05', 999, 21" + values)
                    Self.check(plan, index, "\(filter)")
                }
                // A page of each state, and one order of them all.
                let several = ModerationFilter(statuses: [.pending, .hidden], isNewestFirst: isNewestFirst)
                let plan = try await Self.plan(
                    database, ReviewModerationSQL.of(several), "timestamptz, bigint, bigint, text[]",
                    "'2025-01-05', 999, 21, '{pending,hidden}'")
                #expect(plan.contains(" using reviews_moderation ") && !plan.contains("Filter:"), "\(plan)")
                #expect(plan.split(separator: "\n").count { $0.contains("Sort Key") } == 1, "\(plan)")
            }
        }
    }
}
