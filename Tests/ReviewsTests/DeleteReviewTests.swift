// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct DeleteReviewTests {
    private static let path = "/api/reviews/delete/"

    @Test func takesItBackForGood() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            fixture.clock.advance(by: .seconds(90 * 86_400))
            let answer = try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2001)
            #expect(answer.status == 204)
            let list = try await fixture.call("GET", "/api/reviews/list/?product_id=\(ReviewsFixture.product)")
            #expect(try list.json["data"]?.elements?.count == 0)
            let queue = try await fixture.call("GET", "/api/admin/reviews/", as: 2200)
            #expect(try queue.json["data"]?.elements?.count == 0)
            #expect(try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2001).code == "not-found")
            #expect(try await fixture.create().code == "review-exists")
        }
    }

    @Test func onlyOnesOwn() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            #expect(try await fixture.call("POST", Self.path, body, as: 2002).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, body, as: 2200).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body).code == "token-missing")
            #expect(try await fixture.call("POST", Self.path, "{}", as: 2001).code == "validation-failed")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            let first = try await fixture.call("POST", Self.path, body, as: 2001, key: "gone-only-once")
            try fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, body, as: 2001, key: "gone-only-once")
            #expect(first.status == 204 && again.status == 204 && again.isReplay)
        }
    }
}
