// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

/// Counters equal the rows at all times, and their copies follow exactly once.
@Suite(.timeLimit(.minutes(2))) struct ReviewCountersTests {
    @Test func bothProcessesAtOnceLoseNoReviewAndCountNoneTwice() async throws {
        try await ReviewsFixture.with { fixture in
            let other = try fixture.otherProcess()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for buyer in Int64(2001)...2009 {
                    for process in [nil, other] {
                        tasks.addTask {
                            try await fixture.create(buyer, rating: Int(buyer % 5) + 1, at: process).status
                        }
                    }
                }
                var statuses: [Int] = []
                for try await status in tasks { statuses.append(status) }
                return statuses
            }
            #expect(statuses.filter { $0 == 201 }.count == 9)
            #expect(statuses.filter { $0 == 409 }.count == 9)
            let summary = try await fixture.call("GET", "/api/reviews/summary/?product_id=\(ReviewsFixture.product)")
                .json
            #expect(summary["count"]?.int == 9)
            let counts = summary["histogram"]?.elements?.compactMap { $0["count"]?.int }
            #expect(counts == [2, 2, 2, 2, 1])
        }
    }

    @Test func everyChangeMovesThem() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(rating: 2)
            func counts() async throws -> String {
                try await fixture.text(
                    "select concat_ws(' ', ones, twos, threes, fours, fives) from reviews.counters where subject = 'seller'"
                )
            }
            #expect(try await counts() == "0 1 0 0 0")
            _ = try await fixture.call("PUT", "/api/reviews/update/", #"{"id":"\#(id)","rating":5}"#, as: 2001)
            #expect(try await counts() == "0 0 0 0 1")
            _ = try await fixture.call("PUT", "/api/reviews/update/", #"{"id":"\#(id)","title":"Fine"}"#, as: 2001)
            #expect(try await counts() == "0 0 0 0 1")
            let body = #"{"id":"\#(id)","action":"hide","reason_code":"fake"}"#
            _ = try await fixture.call("POST", "/api/admin/reviews/moderate/", body, as: 2200)
            #expect(try await counts() == "0 0 0 0 0")
            _ = try await fixture.call("POST", "/api/reviews/delete/", #"{"id":"\#(id)"}"#, as: 2001)
            #expect(try await counts() == "0 0 0 0 0")
            let jobs = try await fixture.text("select count(*)::text from platform.jobs where kind = 'review.rating'")
            #expect(jobs == "3", "one for each change of a counter: shown, other stars, hidden")
        }
    }

    @Test func copiesFollowOnceWhateverTheOrderOfTheirJobs() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2003 { _ = try await fixture.created(buyer, rating: Int(buyer - 2000)) }
            let worked = try await fixture.workOff()
            #expect(worked == 3)
            func copies() async throws -> String {
                try await fixture.text(
                    """
                    select concat_ws(' ', p.rating_count, p.rating_sum, p.rating_centi, p.version, s.rating_count, s.rating_sum)
                      from catalog.products p, sellers.sellers s where p.id = 41 and s.id = 5
                    """)
            }
            #expect(try await copies() == "3 6 200 1 3 6")
            let repeated = try await fixture.workOff()
            #expect(repeated == 0)
            // A job that is done a second time, as after a crash before it was marked.
            try await fixture.pool.execute("update platform.jobs set state = 'ready', run_at = now()")
            #expect(try await fixture.workOff() == 3)
            #expect(try await copies() == "3 6 200 1 3 6")
            #expect(fixture.told.withLock { $0 }.allSatisfy { $0 == ReviewsFixture.product })
            #expect(fixture.toldSellers.withLock { $0 } == Array(repeating: SellerID(rawValue: 5), count: 6))
        }
    }

    @Test func votesOfManyAtOnceAreCountedOnceEach() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let other = try fixture.otherProcess()
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for buyer in Int64(2002)...2009 {
                    for process in [nil, other] {
                        tasks.addTask {
                            try await fixture.call(
                                "POST", "/api/reviews/helpful/", #"{"id":"\#(id)"}"#, as: buyer, at: process
                            ).status
                        }
                    }
                }
                for try await status in tasks { #expect(status == 200) }
            }
            let count = try await fixture.text("select helpful_count::text from reviews.reviews")
            #expect(count == "8")
        }
    }

    @Test func whatReviewsAreAboutCannotChange() async throws {
        try await ReviewsFixture.with { fixture in
            _ = try await fixture.created()
            await #expect(throws: PostgresError.self) {
                try await fixture.pool.execute("update reviews.reviews set product_id = 42")
            }
        }
    }
}
