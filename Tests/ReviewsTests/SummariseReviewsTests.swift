// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct SummariseReviewsTests {
    private static let path = "/api/reviews/summary/"

    @Test func addsUpWhatIsPublished() async throws {
        try await ReviewsFixture.with { fixture in
            let none = try await fixture.call("GET", "\(Self.path)?product_id=\(ReviewsFixture.product)")
            #expect(
                none.text
                    == #"{"count":0,"average":null,"histogram":[{"rating":5,"count":0},{"rating":4,"count":0},{"rating":3,"count":0},{"rating":2,"count":0},{"rating":1,"count":0}]}"#
            )
            _ = try await fixture.created(2001, rating: 5)
            _ = try await fixture.created(2002, rating: 4)
            _ = try await fixture.created(2003, rating: 4)
            _ = try await fixture.created(2004, rating: 1, extra: #","text":"www.x""#)
            for subject in ["product_id=\(ReviewsFixture.product)", "seller_id=\(ReviewsFixture.seller)"] {
                let answer = try await fixture.call("GET", "\(Self.path)?\(subject)")
                #expect(answer.status == 200)
                #expect(
                    answer.text.hasPrefix(
                        #"{"count":3,"average":4.33,"histogram":[{"rating":5,"count":1},{"rating":4,"count":2},"#))
            }
        }
    }

    @Test func isNotSentAgainUntilItChanges() async throws {
        try await ReviewsFixture.with { fixture in
            _ = try await fixture.created(2001, rating: 5)
            let target = "\(Self.path)?product_id=\(ReviewsFixture.product)"
            let first = try await fixture.call("GET", target)
            let tag = try #require(first.header("ETag"))
            let again = try await fixture.call("GET", target, headers: [("If-None-Match", tag)])
            #expect(again.status == 304 && again.text.isEmpty && again.header("ETag") == tag)
            #expect(again.header("Cache-Control") == first.header("Cache-Control"))
            _ = try await fixture.created(2002, rating: 4)
            let changed = try await fixture.call("GET", target, headers: [("If-None-Match", tag)])
            #expect(changed.status == 200 && changed.header("ETag") != tag)
        }
    }

    @Test func wantsOneSubject() async throws {
        try await ReviewsFixture.with { fixture in
            for (query, code) in [
                ("", "validation-failed"), ("?seller_id=x", "not-found"), ("?sort=x", "unknown-parameter"),
            ] {
                let answer = try await fixture.call("GET", Self.path + query)
                #expect(answer.code == code, "\(query)")
            }
        }
    }
}
